/** What a provider's answer may say on our screens: short, one line, without secrets. */

const MAX_QUOTED = 200;

/** Takes every secret out of a text, as written, percent-encoded, base64 and JSON-escaped. Secrets under 4 characters stay. */
export function redact(text: string, secrets: readonly string[]): string {
  let result = text;
  for (const secret of secrets) {
    if (secret.length < 4) continue;
    const forms = [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64'),
      JSON.stringify(secret).slice(1, -1),
    ];
    // Longest first: one spelling may begin with another, and its end would be left standing.
    for (const form of forms.toSorted((a, b) => b.length - a.length))
      result = result.replaceAll(form, '[secret]');
  }
  return result;
}

/** One line of at most 200 characters, control characters and secrets removed. */
export function quotable(text: string, secrets: readonly string[]): string {
  const flat = redact(text, secrets)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return flat.length <= MAX_QUOTED ? flat : `${flat.slice(0, MAX_QUOTED - 1)}…`;
}

/** The sentence a JSON error body carries, by the field names in use; null when there is none (a raw body is never quoted). */
export function messageInBody(body: unknown): string | null {
  if (typeof body !== 'object' || body === null) return null;
  const fields = body as Record<string, unknown>;
  const details = Array.isArray(fields['details']) ? (fields['details'] as unknown[])[0] : null;
  for (const candidate of [
    typeof details === 'object' && details !== null ? (details as Record<string, unknown>)['message'] : null,
    fields['message'],
    fields['error'],
    fields['detail'],
    fields['errorDetails'],
    fields['title'],
  ])
    if (typeof candidate === 'string' && candidate !== '') return candidate;
  return null;
}

/** JSON, or null where the text is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/**
 * How long a server asks us to wait, from `Retry-After` (seconds or an HTTP date) in ms; null where the header is absent, in the
 * past or garbage: then our own backoff applies. Longer than an hour counts as an hour.
 */
export function retryAfterMs(header: string | null | undefined, nowMs: number): number | null {
  if (header === null || header === undefined) return null;
  const text = header.trim();
  const waitMs = /^\d{1,9}(\.\d+)?$/.test(text)
    ? Number(text) * 1000
    : /[a-z]{3}/i.test(text)
      ? Date.parse(text) - nowMs
      : Number.NaN;
  return Number.isFinite(waitMs) && waitMs > 0 ? Math.min(waitMs, 3_600_000) : null;
}
