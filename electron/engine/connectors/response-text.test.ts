import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isForbiddenAddress, isLoopbackHost, pathOf } from './base-url.ts';
import { messageInBody, quotable, redact, retryAfterMs } from './response-text.ts';

const NOW_MS = Date.UTC(2026, 10, 20, 12, 0, 0);

describe('Retry-After', () => {
  it('reads seconds and dates, and takes nothing else for a wish', () => {
    expect(retryAfterMs('30', NOW_MS)).toBe(30_000);
    expect(retryAfterMs('0.5', NOW_MS)).toBe(500);
    expect(retryAfterMs('Fri, 20 Nov 2026 12:01:00 GMT', NOW_MS)).toBe(60_000);
    expect(retryAfterMs('86400', NOW_MS)).toBe(3_600_000);
    for (const none of [
      null,
      undefined,
      '',
      '0',
      '-5',
      'soon',
      '1e9',
      'NaN',
      'Fri, 20 Nov 2026 11:00:00 GMT',
      '99999999999',
    ])
      expect(retryAfterMs(none, NOW_MS), `for ${none}`).toBeNull();
  });
});

describe('what is quoted of an answer', () => {
  it('finds the sentence by the field names in use, and quotes no raw body', () => {
    expect(
      messageInBody({ details: [{ message: 'weight too big' }], message: 'Request validation failed' }),
    ).toBe('weight too big');
    expect(messageInBody({ message: 'a' })).toBe('a');
    expect(messageInBody({ error: 'b' })).toBe('b');
    expect(messageInBody({ error: { code: 1 } })).toBeNull();
    expect(messageInBody('<html>')).toBeNull();
    expect(messageInBody(null)).toBeNull();
  });

  it('is one short line', () => {
    expect(quotable('a\u0000b\n\tc\u202e d', [])).toBe('a b c d');
    expect(quotable('x'.repeat(1000), [])).toHaveLength(200);
  });

  it('holds no secret, in none of its spellings', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8 }).filter((secret) => secret.trim().length >= 8),
        (secret) => {
          const spellings = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
          for (const spelling of spellings)
            expect(redact(`before ${spelling} after`, [secret])).toBe('before [secret] after');
        },
      ),
      // One whose percent-encoding begins with the secret itself.
      { examples: [["---'-'-%"]] },
    );
  });
});

describe('addresses', () => {
  it('tells this machine and link-local addresses apart from the rest', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', '[::1]', 'localhost', 'localhost.', '[::ffff:7f00:1]'])
      expect(isLoopbackHost(host), `for ${host}`).toBe(true);
    for (const host of ['10.0.0.1', 'localhost.example.com', '[::2]', '128.0.0.1'])
      expect(isLoopbackHost(host), `for ${host}`).toBe(false);
    expect(isForbiddenAddress('169.254.169.254')).toBe(true);
    expect(isForbiddenAddress('fe80::1')).toBe(true);
    expect(isForbiddenAddress('::ffff:169.254.169.254')).toBe(true);
    expect(isForbiddenAddress('10.0.0.1')).toBe(false);
  });

  it('keeps a path where it belongs, whatever its parts', () => {
    expect(pathOf('api', 'a/b', 'ü?#')).toBe('/api/a%2Fb/%C3%BC%3F%23');
    for (const part of ['', '.', '..']) expect(() => pathOf('api', part)).toThrow(/cannot be part/);
  });
});
