import type { BadRecord } from '#shared/model/wave2.ts';
import { whole } from './answers.ts';
import type { EvidenceReader, ServedQuery } from './kind.ts';
import { compare, type Talk } from './memory-slots.ts';
import type { MemoryPrompt } from './memory-store.ts';
import type { SpanRow } from './rows.ts';

const MAX_TRACES = 50;
const MAX_TYPES = 20;
const SAMPLE_LENGTH = 300;
const TYPE_LENGTH = 120;
/** A shorter SHA would match by chance. */
const SHORTEST_SHA = 7;

type ServedReader = Pick<EvidenceReader, 'served' | 'servedByCohort' | 'errorTypes' | 'keptSinceMs'>;
type Part = BadRecord & { readonly key: bigint; readonly version: string };

function isOf(span: SpanRow, { version, sha }: Pick<ServedQuery, 'version' | 'sha'>): boolean {
  if (span.version === version) return true;
  if (sha === null || span.sha === null || sha.length < SHORTEST_SHA || span.sha.length < SHORTEST_SHA)
    return false;
  return span.sha.startsWith(sha) || sha.startsWith(span.sha);
}

const isIn = (span: SpanRow, { window }: ServedQuery) =>
  span.startMs >= whole(window.fromMs, 'fromMs') && span.startMs < whole(window.toMs, 'toMs');

function partOf(talk: Talk, query: ServedQuery): Part | null {
  const turns = talk.spans.filter((span) => isIn(span, query) && isOf(span, query));
  const [any] = turns;
  if (!any) return null;
  const first = turns.reduce((least, span) => (span.startMs < least.startMs ? span : least), any);
  const traceIds = [...new Set(turns.map(({ traceId }) => traceId))].toSorted(compare);
  const shas = turns.map(({ sha }) => sha).filter((sha) => sha !== null);
  const errors = turns
    .filter(({ isError }) => isError)
    .map(({ errorType, error }) => errorType ?? error ?? '');
  return {
    key: first.conversationKey,
    version: first.version,
    conversation: first.conversation,
    traceIds: traceIds.slice(0, MAX_TRACES),
    traces: traceIds.length,
    sha: shas.toSorted(compare).at(-1) ?? null,
    beganOn: talk.first.version,
    cohort: first.cohort,
    worker: first.worker,
    startMs: first.startMs,
    endMs: turns.reduce((last, { endMs }) => Math.max(last, endMs), 0),
    hasError: turns.some(({ downstream }) => downstream) || talk.downstream,
    errorType: errors.toSorted(compare)[0] ?? null,
  };
}

/** What one version had a part in, from rows in memory: as served.ts answers it from the store. */
export function createMemoryServed(of: (prompt: string) => MemoryPrompt): ServedReader {
  const partsOf = (query: ServedQuery): Part[] =>
    of(query.prompt)
      .talks()
      .flatMap((talk) => partOf(talk, query) ?? [])
      .toSorted((a, b) => a.startMs - b.startMs || (a.key < b.key ? -1 : 1));

  return {
    async served(query) {
      const { filter, offset, limit } = query;
      const text = filter.text.toLowerCase();
      const parts = partsOf(query).filter(
        (part) =>
          (filter.cohort === null || part.cohort === filter.cohort) &&
          (filter.worker === null || part.worker === filter.worker) &&
          (filter.hasError === null || part.hasError === filter.hasError) &&
          (text === '' ||
            part.conversation.toLowerCase().includes(text) ||
            part.traceIds.join(' ').includes(text)),
      );
      const rows = parts.slice(offset, offset + limit).map(({ key: _key, version: _version, ...row }) => row);
      return { rows, total: parts.length };
    },

    async servedByCohort(query) {
      const byCohort = Map.groupBy(partsOf(query), ({ cohort }) => cohort);
      return [...byCohort]
        .map(([cohort, parts]) => ({
          cohort,
          conversations: parts.length,
          errors: parts.filter(({ hasError }) => hasError).length,
          beganElsewhere: parts.filter(({ beganOn, version }) => beganOn !== version).length,
          workers: [...new Set(parts.map(({ worker }) => worker))].toSorted(compare),
          firstMs: Math.min(...parts.map(({ startMs }) => startMs)),
          lastMs: Math.max(...parts.map(({ endMs }) => endMs)),
        }))
        .toSorted((a, b) => b.conversations - a.conversations || compare(a.cohort, b.cohort));
    },

    async errorTypes(query) {
      const { sinceMs } = query;
      const types = new Map<string, { newest: SpanRow; count: number; sinceFlip: number }>();
      for (const span of of(query.prompt).spans()) {
        if (!span.isError || span.startMs < whole(query.window.fromMs, 'fromMs')) continue;
        const isCounted = isIn(span, query) && isOf(span, query);
        const isSince = sinceMs !== null && span.startMs >= whole(sinceMs, 'sinceMs');
        if (!isCounted && !isSince) continue;
        const type = span.errorType ?? span.error?.slice(0, TYPE_LENGTH) ?? 'error';
        const known = types.get(type) ?? { newest: span, count: 0, sinceFlip: 0 };
        types.set(type, known);
        if (span.startMs > known.newest.startMs) known.newest = span;
        if (isCounted) known.count += 1;
        if (isSince) known.sinceFlip += 1;
      }
      return [...types]
        .map(([type, { newest, count, sinceFlip }]) => ({
          type,
          sample: (newest.error ?? '').slice(0, SAMPLE_LENGTH),
          count,
          sinceFlip,
        }))
        .toSorted((a, b) => b.count + b.sinceFlip - (a.count + a.sinceFlip) || compare(a.type, b.type))
        .slice(0, MAX_TYPES);
    },

    async keptSinceMs(prompt) {
      const starts = of(prompt)
        .versionTimes()
        .map(({ firstSeenMs }) => firstSeenMs);
      return starts.length === 0 ? null : Math.min(...starts);
    },
  };
}
