import type { AuditAnchor } from '../records/kind.ts';

/** `2026-05-09T14:00:00.000Z fusebox audit 812:9f86d0…`: one line, readable by people, by `readAnchors` and by grep. */
export function anchorLine({ seq, hash }: AuditAnchor, atMs: number): string {
  return `${new Date(atMs).toISOString()} fusebox audit ${seq}:${hash}`;
}

/** `812:9f86d0…` (64 hexadecimal digits), or null. */
export function parseAnchor(text: string): AuditAnchor | null {
  const [, seq, hash] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/i.exec(text.trim()) ?? [];
  return seq === undefined || hash === undefined ? null : { seq: Number(seq), hash: hash.toLowerCase() };
}

/** Every anchor in a text: a file they were appended to, notes of a repository, a copied chat. Anything else in it is passed over. */
export function readAnchors(text: string): AuditAnchor[] {
  return [...text.matchAll(/(?<![\w:-])[1-9]\d{0,14}:[0-9a-f]{64}(?![\w])/gi)]
    .map(([found]) => parseAnchor(found))
    .filter((anchor) => anchor !== null);
}
