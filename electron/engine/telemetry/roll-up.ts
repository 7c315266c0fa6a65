import { type Flag, FLAGS, NONE, type SpanRow } from './rows.ts';

/** One conversation as far as one batch of spans tells. Merging is in any order the same: see the ranks. */
export type RolledRow = Record<Flag, boolean> & {
  readonly conversationKey: bigint;
  readonly prompt: string;
  readonly conversation: string;
  startMs: number;
  /** Orders spans by start, versioned before unversioned, ties by key: the lowest gives version, SHA, cohort and worker. */
  firstRank: bigint;
  first: SpanRow;
  /** Newest end per version: the end of a conversation is that of its last span on its own version. */
  ends: Map<string, number>;
  isError: boolean;
  csat: number | null;
  /** Orders ratings by time, the worse one last among equals: the highest counts. */
  csatRank: bigint | null;
};

const UNVERSIONED = 1n << 62n;

function firstRankOf(row: SpanRow): bigint {
  const rank = (BigInt(row.startMs) << 20n) + (row.spanKey & 0xfffffn);
  return row.version === NONE ? rank + UNVERSIONED : rank;
}

/** The same order as CSAT_RANK_SQL of flush-sql.ts. */
function csatRankOf(row: SpanRow): bigint | null {
  return row.csat === null ? null : BigInt(row.endMs) * 1024n + BigInt(Math.round(100 - row.csat));
}

const flagsOf = (row: SpanRow): Record<Flag, boolean> => ({
  complaint: row.complaint,
  safety: row.safety,
  downstream: row.downstream,
  fallback: row.fallback,
  escalation: row.escalation,
  correction: row.correction,
});

/** The spans of a batch by conversation. */
export function rollUp(spans: readonly SpanRow[]): RolledRow[] {
  const rolled = new Map<bigint, RolledRow>();
  for (const row of spans) {
    const firstRank = firstRankOf(row);
    const csatRank = csatRankOf(row);
    const known = rolled.get(row.conversationKey);
    if (!known) {
      rolled.set(row.conversationKey, {
        conversationKey: row.conversationKey,
        prompt: row.prompt,
        conversation: row.conversation,
        startMs: row.startMs,
        firstRank,
        first: row,
        ends: new Map([[row.version, row.endMs]]),
        isError: row.isError,
        ...flagsOf(row),
        csat: row.csat,
        csatRank,
      });
      continue;
    }
    known.startMs = Math.min(known.startMs, row.startMs);
    if (firstRank < known.firstRank) {
      known.firstRank = firstRank;
      known.first = row;
    }
    known.ends.set(row.version, Math.max(known.ends.get(row.version) ?? 0, row.endMs));
    known.isError ||= row.isError;
    for (const flag of FLAGS) known[flag] ||= row[flag];
    if (csatRank !== null && (known.csatRank === null || csatRank > known.csatRank)) {
      known.csat = row.csat;
      known.csatRank = csatRank;
    }
  }
  return [...rolled.values()];
}

/** The newest end on the version of the first span. */
export function endOf(row: RolledRow): number {
  return row.ends.get(row.first.version) ?? row.startMs;
}

/** Another version that the conversation also used in this batch, and its newest end; nearly always null. */
export function otherEndOf(row: RolledRow): { version: string; endMs: number } | null {
  if (row.ends.size === 1) return null;
  for (const [version, endMs] of row.ends) if (version !== row.first.version) return { version, endMs };
  return null;
}
