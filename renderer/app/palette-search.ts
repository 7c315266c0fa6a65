/** One line of the palette. */
export type PaletteEntry = {
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly keys?: string;
  readonly run: () => void;
};
export type PaletteGroup = { readonly title: string; readonly entries: readonly PaletteEntry[] };

/** Groups with the entries that hold every word typed, anywhere; entries whose label begins with it come first. */
export function searchPalette(groups: readonly PaletteGroup[], query: string): PaletteGroup[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return groups
    .map(({ title, entries }) => ({
      title,
      entries: entries
        .filter((entry) => words.every((word) => haystack(entry).includes(word)))
        .toSorted((a, b) => startsWith(b, words[0]) - startsWith(a, words[0])),
    }))
    .filter((group) => group.entries.length > 0);
}

function haystack(entry: PaletteEntry): string {
  return [entry.label, entry.description ?? '', ...(entry.keywords ?? [])].join(' ').toLowerCase();
}

function startsWith(entry: PaletteEntry, word: string | undefined): number {
  return word !== undefined && entry.label.toLowerCase().startsWith(word) ? 1 : 0;
}
