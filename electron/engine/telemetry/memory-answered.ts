import type { RateStreamId } from '#shared/model/detection.ts';
import { CONVERSATION_MS } from './flush-sql.ts';
import type { AnsweredBy, EvidenceReader, FailedMinute, WorkerCounts } from './kind.ts';
import { compare } from './memory-slots.ts';
import type { MemoryPrompt } from './memory-store.ts';
import { type Flag, FLAG_OF_STREAM, type SpanRow } from './rows.ts';

const MINUTE_MS = 60_000;
const STREAMS = Object.entries(FLAG_OF_STREAM) as [RateStreamId, Flag][];

type AnsweredReader = Pick<EvidenceReader, 'answeredBy' | 'failedMinutes' | 'workerCounts'>;

/** Who answered, who failed, and where, from rows in memory: as answered.ts answers it from the store. */
export function createMemoryAnswered(of: (prompt: string) => MemoryPrompt): AnsweredReader {
  function spansIn(
    prompt: string,
    { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  ): SpanRow[] {
    return of(prompt)
      .slots.talksIn({ fromMs: fromMs - CONVERSATION_MS, toMs })
      .flatMap(({ spans }) => spans.filter(({ startMs }) => startMs >= fromMs && startMs < toMs));
  }

  return {
    async answeredBy({ prompt, window }) {
      const found = new Map<string, AnsweredBy>();
      for (const { version, model, startMs } of spansIn(prompt, window)) {
        if (model === null) continue;
        const key = `${version}\n${model}`;
        const known = found.get(key);
        found.set(key, {
          version,
          model,
          firstSeenMs: Math.min(known?.firstSeenMs ?? startMs, startMs),
          lastSeenMs: Math.max(known?.lastSeenMs ?? startMs, startMs),
          turns: (known?.turns ?? 0) + 1,
        });
      }
      return [...found.values()].toSorted(
        (a, b) => a.firstSeenMs - b.firstSeenMs || compare(a.version, b.version) || compare(a.model, b.model),
      );
    },

    async failedMinutes({ prompt, window }) {
      const minutes = new Map<
        string,
        { startMs: number; version: string; turns: number; failed: Record<string, number> }
      >();
      for (const span of spansIn(prompt, window)) {
        const startMs = Math.floor(span.startMs / MINUTE_MS) * MINUTE_MS;
        const key = `${startMs}\n${span.version}`;
        const minute = minutes.get(key) ?? { startMs, version: span.version, turns: 0, failed: {} };
        minutes.set(key, minute);
        minute.turns += 1;
        const type = span.errorType;
        if (type !== null) minute.failed[type] = (minute.failed[type] ?? 0) + 1;
      }
      return [...minutes.values()].toSorted(
        (a, b) => a.startMs - b.startMs || compare(a.version, b.version),
      ) satisfies FailedMinute[];
    },

    async workerCounts({ prompt, window, version }) {
      const talks = of(prompt)
        .slots.talksIn(window)
        .filter(({ first }) => first.version === version);
      return [...Map.groupBy(talks, ({ first }) => first.worker)]
        .toSorted(([a], [b]) => compare(a, b))
        .map(([worker, own]): WorkerCounts => ({
          worker,
          conversations: own.length,
          events: Object.fromEntries(
            STREAMS.map(([stream, flag]) => [stream, own.filter((talk) => talk[flag]).length]),
          ),
        }));
    },
  };
}
