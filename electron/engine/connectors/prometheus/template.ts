import { SourceError } from '../kind.ts';

export type TemplateValues = {
  readonly prompt: string;
  readonly version: string;
  /** 'all' or one cohort. */
  readonly cohort: string;
  readonly windowMs: number;
};

const PLACEHOLDER = /\$(?:\{(prompt|version|cohort|window)\}|(prompt|version|cohort|window)\b)/g;

/**
 * Fills $prompt, $version, $cohort and $window into a PromQL template. A value lands in a quoted label value only, escaped for its
 * quotes, and as a regular expression where the matcher is =~ or !~, so that no value can change the query around it.
 * $window is a duration and stands outside of quotes. Throws SourceError naming the placeholder that stands wrong.
 */
export function fillTemplate(field: string, template: string, values: TemplateValues): string {
  let filled = '';
  for (const part of partsOf(field, template)) {
    filled += part.text.replaceAll(PLACEHOLDER, (whole, braced?: string, bare?: string) =>
      valueFor(field, (braced ?? bare) as keyof TemplateValues | 'window', whole, part, values),
    );
  }
  return filled;
}

type Part = { readonly text: string; readonly quote: '"' | "'" | '`' | null; readonly isRegex: boolean };

/** Splits PromQL into what stands inside quotes and what stands outside. */
function partsOf(field: string, template: string): Part[] {
  const parts: Part[] = [];
  let start = 0;
  for (let at = 0; at < template.length; at += 1) {
    const quote = template[at];
    if (quote !== '"' && quote !== "'" && quote !== '`') continue;
    let end = at + 1;
    while (end < template.length && template[end] !== quote)
      end += template[end] === '\\' && quote !== '`' ? 2 : 1;
    if (end >= template.length)
      throw new SourceError(`The template "${field}" has a quote that is never closed.`, {
        fix: `Close it: ${template.slice(at, at + 40)}`,
      });
    const before = template.slice(start, at + 1);
    parts.push({ text: before, quote: null, isRegex: false });
    const isRegex = /[=!]~\s*$/.test(template.slice(0, at));
    parts.push({ text: template.slice(at + 1, end), quote, isRegex });
    start = end;
    at = end;
  }
  parts.push({ text: template.slice(start), quote: null, isRegex: false });
  return parts;
}

function valueFor(
  field: string,
  name: 'prompt' | 'version' | 'cohort' | 'window' | 'windowMs',
  written: string,
  part: Part,
  values: TemplateValues,
): string {
  if (name === 'window' || name === 'windowMs') return durationOf(values.windowMs);
  if (part.quote === null)
    throw new SourceError(`In the template "${field}", ${written} stands outside of quotes.`, {
      fix: `Write it as a label value: label="${written}".`,
    });
  if (name === 'cohort' && values.cohort === 'all') {
    if (!part.isRegex)
      throw new SourceError(`In the template "${field}", ${written} cannot stand for all cohorts.`, {
        fix: `Write label=~"${written}" (with =~): all cohorts is the expression .*`,
      });
    return '.*';
  }
  const value = values[name];
  return quoted(field, part.isRegex ? regexLiteral(value) : value, part.quote);
}

/** RE2 literal. */
const regexLiteral = (value: string) => value.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');

function quoted(field: string, value: string, quote: '"' | "'" | '`'): string {
  if (quote === '`') {
    if (value.includes('`'))
      throw new SourceError(`A value with a backtick cannot stand in the template "${field}".`, {
        fix: 'Use double quotes there instead of backticks.',
      });
    return value;
  }
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll(quote, `\\${quote}`);
}

/** PromQL duration: whole seconds where possible. */
export const durationOf = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : `${Math.round(ms)}ms`);

/** The first `name{…}` or `name[…` selector of a query: what its newest sample can be asked of. Null where there is none. */
export function firstSelectorOf(query: string): string | null {
  const match = /[a-zA-Z_:][\w:]*(?=\s*[{[])/.exec(withoutQuoted(query));
  if (!match) return null;
  const name = match[0];
  const rest = query.slice(match.index + name.length);
  if (!/^\s*\{/.test(rest)) return name;
  const close = withoutQuoted(rest).indexOf('}');
  return close === -1 ? null : name + rest.slice(0, close + 1);
}

/** Same length, quoted text blanked. */
const withoutQuoted = (query: string) =>
  query.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`/g, (text) => '_'.repeat(text.length));
