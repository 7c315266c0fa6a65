/** Levenshtein distance: how many letters to add, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The allowed word that was probably meant; null when none is near. */
export function nearest(written: string, allowed: readonly string[]): string | null {
  const plain = (word: string) => word.toLowerCase().replaceAll(/[-_]/g, '');
  let best: { word: string; distance: number } | null = null;
  for (const word of allowed) {
    const found = { word, distance: distance(plain(written), plain(word)) };
    if (!best || found.distance < best.distance) best = found;
  }
  return best && best.distance <= Math.max(1, Math.floor(written.length / 3)) ? best.word : null;
}
