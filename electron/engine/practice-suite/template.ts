/**
 * What Promptfoo does with a text before it uses it, as far as this runner needs it: placeholders among variables first, by their
 * pattern alone, then Nunjucks with raw blocks, quoted strings and variables. Anything else in a template is refused.
 */
export function resolveVariables(variables: Readonly<Record<string, string>>): Record<string, string> {
  const resolved = { ...variables };
  for (let round = 0; round < 5; round += 1) {
    let isDone = true;
    for (const [key, value] of Object.entries(resolved)) {
      const match = /\{\{\s*(\w+)\s*\}\}/.exec(value);
      const other = match?.[1] === undefined ? undefined : resolved[match[1]];
      if (match && other !== undefined) {
        resolved[key] = value.replace(match[0], () => other);
        isDone = false;
      }
    }
    if (isDone) break;
  }
  return resolved;
}

/** Throws on a template that it does not know. */
export function renderTemplate(template: string, variables: Readonly<Record<string, string>>): string {
  let output = '';
  for (let rest = template; rest !== '';) {
    const raw = /^\{%\s*raw\s*%\}([\s\S]*?)\{%\s*endraw\s*%\}/.exec(rest);
    const quoted = /^\{\{\s*'([^']*)'\s*\}\}/.exec(rest);
    const variable = /^\{\{\s*(\w+)\s*\}\}/.exec(rest);
    const found = raw ?? quoted ?? variable;
    if (found) {
      const text = found[1] ?? '';
      output += found === variable ? (variables[text] ?? '') : text;
      rest = rest.slice(found[0].length);
    } else if (/^\{[{%#]/.test(rest)) {
      throw new Error(`no template this runner knows: ${rest.slice(0, 60)}`);
    } else {
      output += rest.charAt(0);
      rest = rest.slice(1);
    }
  }
  return output;
}
