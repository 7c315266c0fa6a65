/** A stretch of untrusted text: plain, or one hidden character made visible. */
export type TextPiece =
  | { readonly kind: 'plain'; readonly text: string }
  | { readonly kind: 'hidden'; readonly code: string; readonly name: string };

const NAMES: ReadonlyMap<number, string> = new Map([
  [0x00ad, 'soft hyphen'],
  [0x061c, 'Arabic letter mark'],
  [0x200b, 'zero-width space'],
  [0x200c, 'zero-width non-joiner'],
  [0x200d, 'zero-width joiner'],
  [0x200e, 'left-to-right mark'],
  [0x200f, 'right-to-left mark'],
  [0x202a, 'left-to-right embedding'],
  [0x202b, 'right-to-left embedding'],
  [0x202c, 'pop directional'],
  [0x202d, 'left-to-right override'],
  [0x202e, 'right-to-left override'],
  [0x2060, 'word joiner'],
  [0x2066, 'left-to-right isolate'],
  [0x2067, 'right-to-left isolate'],
  [0x2068, 'first strong isolate'],
  [0x2069, 'pop isolate'],
  [0xfeff, 'zero-width no-break space'],
]);

/** Name of a character that would not be seen, or would turn the text around; null for all others. */
function hiddenName(code: number): string | null {
  const named = NAMES.get(code);
  if (named !== undefined) return named;
  if (code >= 0xe0000 && code <= 0xe007f) return 'tag character';
  if (code >= 0x2061 && code <= 0x2064) return 'invisible operator';
  // Control characters, among them ESC: text from a terminal must not act like one. Tab and line breaks stay.
  const isControl = code < 0x20 || (code >= 0x7f && code <= 0x9f);
  return isControl && code !== 0x09 && code !== 0x0a && code !== 0x0d ? 'control character' : null;
}

/** Cuts text so that every hidden or direction-changing character stands alone. */
export function visiblePieces(text: string): TextPiece[] {
  const pieces: TextPiece[] = [];
  let plain = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const name = hiddenName(code);
    if (name === null) {
      plain += character;
      continue;
    }
    if (plain !== '') pieces.push({ kind: 'plain', text: plain });
    plain = '';
    pieces.push({ kind: 'hidden', code: `U+${code.toString(16).toUpperCase().padStart(4, '0')}`, name });
  }
  if (plain !== '') pieces.push({ kind: 'plain', text: plain });
  return pieces;
}

/** The first `limit` characters, never half of a surrogate pair. */
export function capText(
  text: string,
  limit: number,
): { readonly shown: string; readonly hiddenCount: number } {
  const characters = Array.from(text);
  if (characters.length <= limit) return { shown: text, hiddenCount: 0 };
  return { shown: characters.slice(0, limit).join(''), hiddenCount: characters.length - limit };
}
