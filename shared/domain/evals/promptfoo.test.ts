import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EvalContent } from '#shared/model/eval-case.ts';
import { promptfooTest, templateText } from './promptfoo.ts';

/**
 * What Nunjucks does with a text that holds raw blocks, string expressions and nothing else, and what Promptfoo resolves by patterns
 * before it. Throws on anything a template could do.
 */
function render(template: string): string {
  if (/\{\{\s*\w+\s*\}\}/.test(template)) throw new Error('resolves another variable');
  for (const [expression] of template.matchAll(/\{\{(?:[^}]|\}(?!\}))*\}\}/g)) {
    if (/\benv\b/.test(expression)) throw new Error('resolves an environment variable');
  }
  let output = '';
  for (let rest = template; rest !== '';) {
    const raw = /^\{%\s*raw\s*%\}([\s\S]*?)\{%\s*(raw|endraw)\s*%\}/.exec(rest);
    const expression = /^\{\{ '([^'}]*|\{[{%#])' \}\}/.exec(rest);
    if (raw) {
      if (raw[2] === 'raw') throw new Error('a raw block within a raw block');
      output += raw[1] ?? '';
      rest = rest.slice(raw[0].length);
    } else if (expression) {
      output += expression[1] ?? '';
      rest = rest.slice(expression[0].length);
    } else if (/^\{[{%#]/.test(rest)) {
      throw new Error(`a template is open: ${rest}`);
    } else {
      output += rest[0] ?? '';
      rest = rest.slice(1);
    }
  }
  return output;
}

const piece = fc.oneof(
  fc.constantFrom(
    '{{ 1+1 }}',
    '{{user_message}}',
    '{{ env.SECRET }}',
    '{% raw %}',
    '{% endraw %}',
    '{%endraw%}',
    '{# note #}',
    '{',
    '}}',
    '%}',
    "{{ '",
    'file://',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const hostile = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(''));

const contentOf = (text: string): EvalContent => ({
  name: 'greets by name',
  suiteId: 'support',
  inputs: [{ name: 'user_message', text }],
  badOutput: text,
  gold: text,
  assertions: [
    { kind: 'contains', value: text, ignoreCase: true },
    { kind: 'first-sentence-contains', value: text },
    { kind: 'like-gold', threshold01: 0.8 },
  ],
  redaction: { replaced: {}, kept: {}, isConfirmed: true },
  source: null,
});
const testOf = (text: string) =>
  promptfooTest({
    id: 'inc-20260509-1-1',
    incidentId: 'INC-20260509-1',
    promptId: 'support',
    badVersion: 'v18',
    content: contentOf(text),
  });

describe('a case for Promptfoo', () => {
  it('renders to exactly the text it was given, whatever that was', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(render(templateText(text))).toBe(text);
      }),
    );
  });

  it('no value opens a template or names a file to load', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const { vars, metadata } = testOf(text);
        const shown = render(vars['user_message'] ?? '');
        expect(shown === text || shown === ` ${text}`).toBe(true);
        for (const value of [...Object.values(vars), ...Object.values(metadata)]) {
          expect(value).not.toMatch(/^(?:file|package):/);
        }
        for (const value of Object.values(metadata)) expect(value).not.toMatch(/\{[{%#]/);
      }),
    );
  });

  it('writes code from templates alone: the script says whether the first sentence has the text', () => {
    fc.assert(
      fc.property(hostile, fc.string(), (text, output) => {
        const script = testOf(text).assert[1]?.value ?? '';
        expect(script).toMatch(/^output\.split\(\/\[\.!\?\\n\]\/\)\[0\]\.includes\("[A-Za-z0-9 \\]*"\)$/);
        const literal = script.slice(script.indexOf('includes(') + 9, -1);
        expect(JSON.parse(literal)).toBe(text);
        expect(output.includes(JSON.parse(literal) as string)).toBe(output.includes(text));
      }),
    );
  });

  it('gives every judged check its threshold and the test none', () => {
    const test = testOf('x');
    expect(test).not.toHaveProperty('threshold');
    expect(test.assert[2]).toEqual({ type: 'similar', value: 'x', threshold: 0.8 });
  });

  it('keeps plain text plain', () => {
    expect(templateText('Dear {name}, 50 % off')).toBe('Dear {name}, 50 % off');
    expect(templateText('Hi {{user.name}}')).toBe(
      "{% raw %}Hi {% endraw %}{{ '{{' }}{% raw %}user.name}}{% endraw %}",
    );
  });
});
