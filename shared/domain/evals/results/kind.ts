/** What a runner's output says about one case. `error` = nothing: the run broke, or the case was not in it. */
export type CaseResult = { readonly verdict: 'pass' | 'fail' | 'error'; readonly detail: string };

export const broken = (detail: string): CaseResult => ({ verdict: 'error', detail });

export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object; null when it is anything else. */
export function fields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

export function objects(value: unknown): Fields[] | null {
  if (!Array.isArray(value)) return null;
  return value.map(fields).filter((entry) => entry !== null);
}

export function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

export function words(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value.slice(0, 500) : otherwise;
}

/** Several results of the same case (repeats, providers): one that broke breaks all, one that failed fails all. */
export function together(results: readonly CaseResult[]): CaseResult {
  const worst =
    results.find(({ verdict }) => verdict === 'error') ?? results.find(({ verdict }) => verdict === 'fail');
  return worst ?? results[0] ?? broken('the case is not among the results');
}

/** Null when the text is not JSON. */
export function parsed(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

/** One JSON value per line; null when a line is none. */
export function parsedLines(text: string): unknown[] | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const values = lines.map(parsed);
  return values.includes(null) ? null : values.map((value) => value?.value);
}
