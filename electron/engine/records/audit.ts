import { createHash } from 'node:crypto';
import type { AuditAnchor, AuditEntry, AuditFact, AuditVerdict } from './kind.ts';

/** Hash before the first entry. */
export const GENESIS = '0'.repeat(64);

/** The same JSON value always gives the same bytes: keys sorted at every depth, no spaces, undefined left out. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const pairs = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`);
  return `{${pairs.join(',')}}`;
}

/** SHA-256 over the canonical bytes of everything in the entry except the hash itself. */
export function hashEntry(entry: Omit<AuditEntry, 'hash'>): string {
  const { seq, prevHash, machine, atMs, monotonicMs, actor, via, operationId, phase, what, before, after } =
    entry;
  const bytes = canonicalJson({
    seq,
    prevHash,
    machine,
    atMs,
    monotonicMs,
    actor,
    via,
    operationId,
    phase,
    what,
    before,
    after,
  });
  return createHash('sha256').update(bytes, 'utf8').digest('hex');
}

/**
 * Puts a fact at the end of the chain, as every store gives it back: PostgreSQL's bigint holds whole ms, its text no NUL, and what
 * came back otherwise would no longer match its hash.
 */
export function chain(fact: AuditFact, head: AuditAnchor | null, machine: string): AuditEntry {
  const unhashed = {
    ...fact,
    atMs: Math.round(fact.atMs),
    actor: storable(fact.actor),
    via: storable(fact.via),
    what: storable(fact.what),
    operationId: fact.operationId === null ? null : storable(fact.operationId),
    seq: (head?.seq ?? 0) + 1,
    prevHash: head?.hash ?? GENESIS,
    machine,
  };
  return { ...unhashed, hash: hashEntry(unhashed) };
}

const storable = (text: string) => text.toWellFormed().replaceAll('\0', '\uFFFD');

/**
 * Walks the chain. Finds edits, deletions in the middle, insertions and reordering by itself; a cut tail or a chain rebuilt
 * from the start only against anchors kept elsewhere.
 */
export function verifyChain(
  entries: readonly AuditEntry[],
  anchors: readonly AuditAnchor[] = [],
): AuditVerdict {
  let firstBad: AuditVerdict['firstBad'] = null;
  let expectedSeq = 1;
  let prevHash = GENESIS;
  const open = new Set<string>();
  for (const entry of entries) {
    if (firstBad === null) {
      const problem = problemOf(entry, expectedSeq, prevHash);
      if (problem !== null) firstBad = { seq: entry.seq, problem };
    }
    expectedSeq = entry.seq + 1;
    prevHash = entry.hash;
    if (entry.operationId !== null && entry.phase === 'intent') open.add(entry.operationId);
    if (entry.operationId !== null && entry.phase === 'outcome') open.delete(entry.operationId);
  }
  const last = entries.at(-1);
  const head = last ? { seq: last.seq, hash: last.hash } : null;
  const missed = anchors.find(
    (anchor) => !entries.some((entry) => entry.seq === anchor.seq && entry.hash === anchor.hash),
  );
  const tail = missed ? 'broken' : anchors.length > 0 ? 'proven' : 'not-proven';
  return { entries: entries.length, head, firstBad, openIntents: [...open], tail, sentence: sentence() };

  function sentence(): string {
    if (firstBad) return `Entry ${firstBad.seq} does not fit: ${firstBad.problem}.`;
    if (missed) {
      return `The chain fits together, but the anchored entry ${missed.seq} is not in it: the trail was cut or rebuilt.`;
    }
    const count = `${entries.length} entries fit together`;
    if (anchors.length === 0) return `${count}; no anchor available, tail not proven.`;
    const furthest = Math.max(...anchors.map((anchor) => anchor.seq));
    return `${count}; proven up to entry ${furthest} by an outside anchor.`;
  }
}

function problemOf(entry: AuditEntry, expectedSeq: number, prevHash: string): string | null {
  if (entry.seq !== expectedSeq) {
    const how = entry.seq > expectedSeq ? 'what was before it was taken out' : 'it was put in or moved';
    return `expected sequence ${expectedSeq}, found ${entry.seq}: ${how}`;
  }
  if (entry.prevHash !== prevHash) return 'it does not follow the entry before it';
  if (entry.hash !== hashEntry(entry)) return 'its content does not match its hash';
  return null;
}
