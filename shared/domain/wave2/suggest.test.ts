import { describe, expect, it } from 'vitest';
import type { ErrorType } from '#shared/model/wave2.ts';
import { playbookOf, suggestPlaybooks } from './suggest.ts';

describe('which playbook fits', () => {
  const error = (type: string, count: number, sinceFlip = 0, sample = ''): ErrorType => ({
    type,
    sample,
    count,
    sinceFlip,
  });

  it.each([
    ['parse_error', '', 'parser'],
    ['JSONDecodeError', 'Expecting value', 'parser'],
    ['ValidationError', 'greeting: field required', 'parser'],
    ['IndexError', 'list index out of range', 'parser'],
    ['error', 'Unexpected token H in JSON at position 0', 'parser'],
    ['StringDataRightTruncation', '', 'column'],
    ['DataError', 'value too long for type character varying(255)', 'column'],
    ['22001', '', 'column'],
    ['SearchIndexError', '', 'index'],
    ['EmbeddingDimensionMismatch', '', 'index'],
    ['error', 'document not found in opensearch', 'index'],
    ['TimeoutError', 'no answer in 10 s', null],
    ['429', 'rate limit', null],
  ] as const)('%s "%s" speaks for %s', (type, sample, playbook) => {
    expect(playbookOf({ type, sample })).toBe(playbook);
  });

  it('says why, the strongest first, from errors since the flip where there are any', () => {
    const found = suggestPlaybooks([
      error('parse_error', 90, 41),
      error('StringDataRightTruncation', 5, 9),
      error('TimeoutError', 0, 7),
    ]);
    expect(found.map(({ playbook }) => playbook)).toEqual(['parser', 'column']);
    expect(found[0]?.reason).toBe(
      '41 of 57 failing spans since the flip say parse_error: parser that expects the old format.',
    );
    expect(suggestPlaybooks([error('parse_error', 3)])[0]?.reason).toContain('in the bad window');
    expect(suggestPlaybooks([])).toEqual([]);
  });
});
