/**
 * Text without what hides: control characters, direction changes, zero-width and tag characters become their code point, `[U+202E]`, so that
 * a document reads as it is stored. New lines and tabs stay.
 */
export function withoutControls(text: string): string {
  return text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{C}\n\t]|[\u2028\u2029]/gu, (character) =>
      character === '\u200D' ? character : code(character),
    );
}

function code(character: string): string {
  return `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`;
}
