const MOST_NAMES = 20;
const LONGEST_NAME = 80;
const LARGEST_SEED = 2_147_483_647;

/** What was typed, or in words why it cannot be taken. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

/** A seed as typed; empty = drawn at random. */
export function readSeed(text: string): Read<number | undefined> {
  const trimmed = text.trim();
  if (trimmed === '') return { ok: true, value: undefined };
  const seed = Number(trimmed);
  if (!/^\d+$/.test(trimmed) || seed > LARGEST_SEED)
    return {
      ok: false,
      problem: 'A seed is a whole number from 0 to 2147483647. Leave it empty to draw one.',
    };
  return { ok: true, value: seed };
}

/** Names as typed: one a line or with commas between; each once. */
export function readNames(text: string): Read<string[]> {
  const names = [...new Set(text.split(/[\n,;]/).map((name) => name.trim()))].filter((name) => name !== '');
  const long = names.find((name) => name.length > LONGEST_NAME);
  if (long !== undefined)
    return {
      ok: false,
      problem: `"${long.slice(0, 24)}…" is longer than ${LONGEST_NAME} characters. One name a line.`,
    };
  if (names.length > MOST_NAMES)
    return { ok: false, problem: `${names.length} names; a drill takes at most ${MOST_NAMES}.` };
  return { ok: true, value: names };
}
