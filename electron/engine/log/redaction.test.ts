import { describe, expect, it } from 'vitest';
import { createRedactor, REDACTED } from './redaction.ts';

describe('the log filter', () => {
  const secret = 'p@ss "word"/with+signs';
  const redact = createRedactor(() => [secret]);

  it.each([
    ['raw', secret],
    ['in JSON', JSON.stringify({ secret })],
    ['percent-encoded', `https://x/?t=${encodeURIComponent(secret)}`],
    ['base64', Buffer.from(secret).toString('base64')],
    ['base64url', Buffer.from(secret).toString('base64url')],
  ])('takes a live secret out, %s', (_name, text) => {
    const clean = redact(`before ${text} after`);
    expect(clean).toContain(REDACTED);
    expect(clean).toMatch(/^before .* after$/);
    for (const part of ['p@ss', 'cEBzcyAid29y', 'p%40ss']) expect(clean).not.toContain(part);
  });

  it.each([
    'Authorization: Bearer abcdefghijklmnop',
    'sk-proj1234567890abcdefgh',
    '*:production.6d8a1b2c3d4e5f60718293a4b5c6d7e8f9',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc',
  ])('takes out what looks like a token: %s', (text) => {
    expect(redact(text)).toContain(REDACTED);
  });

  it('leaves ordinary lines alone', () => {
    const line = '{"level":30,"prompt":"customer_support_agent","msg":"rolled back to v17 in 11 s"}';
    expect(redact(line)).toBe(line);
  });

  it('sees a secret that became known later', () => {
    const live = new Set<string>();
    const later = createRedactor(() => live);
    expect(later('hunter2hunter2')).toBe('hunter2hunter2');
    live.add('hunter2hunter2');
    expect(later('hunter2hunter2')).toBe(REDACTED);
  });
});
