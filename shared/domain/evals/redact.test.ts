import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact, redactionRecord } from './redact.ts';

const nobody = { names: [], keep: [] };
const one = (text: string, names: string[] = []) => redact([text], { names, keep: [] })[0]!;

describe('redaction', () => {
  it.each([
    ['write to mina.k+x@shop.example.org today', 'email', 'mina.k+x@shop.example.org'],
    ['call +49 (0)30 1234 567 please', 'phone', '+49 (0)30 1234 567'],
    ['call 030/123 45 67', 'phone', '030/123 45 67'],
    ['card 4111 1111 1111 1111', 'card', '4111 1111 1111 1111'],
    ['pay to DE89 3704 0044 0532 0130 00', 'iban', 'DE89 3704 0044 0532 0130 00'],
    ['order ORD-10442 is late', 'number', 'ORD-10442'],
    ['id 3f2504e0-4f89-11d3-9a0c-0305e82c3301', 'number', '3f2504e0-4f89-11d3-9a0c-0305e82c3301'],
    ['ticket 2026-0417', 'number', '2026-0417'],
    ['Dear Mina, thanks', 'name', 'Mina'],
    ['Hello Dr. Luz Peña Ortiz!', 'name', 'Luz Peña Ortiz'],
    ['hi, my name is Tomasz', 'name', 'Tomasz'],
    ["I'm Claire and I wait", 'name', 'Claire'],
    ['The code is refused. (Yuki)', 'name', 'Yuki'],
    ['I live at 12 Old Mill Road since May', 'address', '12 Old Mill Road'],
    ['Lieferung in die Lindenstraße 14', 'address', 'Lindenstraße 14'],
  ])('%s', (text, kind, original) => {
    const { text: redacted, spans } = one(text);
    expect(spans.map((span) => [span.kind, span.original])).toEqual([[kind, original]]);
    expect(redacted).not.toContain(original);
  });

  it.each([
    'Hi there, how are you?',
    'Dear Customer, Hello Team',
    'on 2026-05-09 it cost 1,240.00 EUR',
    'since 2024 we have 120 users',
    'v18 says 14:11:08',
  ])('leaves "%s" alone', (text) => expect(one(text).spans).toEqual([]));

  it('knows a name found once in every other place and text', () => {
    const [input, output] = redact(['Where is my parcel? (Mina)', 'Dear Mina, dear MINA'], nobody);
    expect(input?.text).toBe('Where is my parcel? (Alex)');
    expect(output?.text).toBe('Dear Alex, dear Robin');
  });

  it('takes names that the person gives, and leaves what the person keeps', () => {
    expect(one('the broker Van der Berg agreed', ['van der berg']).text).toBe('the broker Alex agreed');
    const [kept] = redact(['order ORD-10442 for Dear Mina'], { names: [], keep: ['ORD-10442'] });
    expect(kept?.text).toBe('order ORD-10442 for Dear Alex');
    expect(redactionRecord([kept!], true)).toEqual({
      replaced: { name: 1 },
      kept: { number: 1 },
      isConfirmed: true,
    });
  });

  it('never lets a stand-in be someone who is in the text', () => {
    expect(one('Dear Mina, Alex will call').text).toBe('Dear Robin, Alex will call');
  });

  it('keeps the shape of a number and its rest', () => {
    expect(one('order ORD-10442 now').text).toBe('order ORD-00001 now');
  });

  const piece = fc.oneof(
    fc.constantFrom(
      'Dear Mina, ',
      'a@b.example ',
      '+49 30 1234567 ',
      '4111 1111 1111 1111 ',
      'ORD-77123 ',
      'my name is Ana Maria ',
      '12 Old Mill Road ',
      '{{x}} ',
      '\u202e',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  const hostile = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

  it('spans tile the text in order, and the result is the text with only them replaced', () => {
    fc.assert(
      fc.property(hostile, hostile, (first, second) => {
        for (const [index, { text, spans }] of redact([first, second], nobody).entries()) {
          const original = [first, second][index] ?? '';
          let rebuilt = '';
          let at = 0;
          for (const span of spans) {
            expect(span.start).toBeGreaterThanOrEqual(at);
            expect(original.slice(span.start, span.end)).toBe(span.original);
            rebuilt += original.slice(at, span.start) + span.standIn;
            at = span.end;
          }
          expect(text).toBe(rebuilt + original.slice(at));
        }
      }),
    );
  });

  it('leaves its own stand-ins alone when it runs again', () => {
    const told = fc.constantFrom(
      'Dear Mina,',
      'a@b.example',
      '+49 30 1234567',
      '4111 1111 1111 1111',
      'ORD-77123',
      'my name is Ana Maria.',
      '12 Old Mill Road',
      'DE89 3704 0044 0532 0130 00',
      'where is it?',
    );
    fc.assert(
      fc.property(fc.array(told, { maxLength: 8 }), (parts) => {
        const once = one(parts.join('\n')).text;
        expect(one(once).text).toBe(once);
      }),
    );
  });

  it('keeping everything changes nothing', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const keep = one(text).spans.map(({ original }) => original);
        expect(redact([text], { names: [], keep })[0]?.text).toBe(text);
      }),
    );
  });
});
