import { z } from 'zod';
import type { CertaintySeries, EvidenceReading, StreamId } from '#shared/model/detection.ts';
import type { Window } from '#shared/model/evidence.ts';

/** How far back it reaches. */
const KEPT_MS = 3 * 3_600_000;
/** Older points are thinned to one a minute. */
const FINE_MS = 15 * 60_000;
const COARSE_MS = 60_000;
/** Past this many streams only those that are not quiet are drawn over time: the rest would be flat lines nobody opens. */
const MAX_LINES = 350;

export const certaintyStateSchema = z.object({
  atMs: z.array(z.number()),
  lines: z.array(z.tuple([z.string(), z.array(z.number().nullable())])),
});
export type CertaintyState = z.infer<typeof certaintyStateSchema>;

/** The evidence of every stream over the last three hours, as anytime sigma. */
export type CertaintyLog = {
  add(atMs: number, readings: readonly EvidenceReading[]): void;
  series(signal: StreamId, cohort: string, window: Window): CertaintySeries;
  state(): CertaintyState;
};

export function createCertaintyLog(saved?: CertaintyState): CertaintyLog {
  let times: number[] = saved ? [...saved.atMs] : [];
  let lines = new Map<string, (number | null)[]>(saved?.lines.map(([name, sigmas]) => [name, [...sigmas]]));

  /** Drops what is too old, and of the older part all but one point a minute. */
  function thin(nowMs: number): void {
    const isKept = times.map((atMs, index) => {
      if (atMs < nowMs - KEPT_MS) return false;
      if (atMs >= nowMs - FINE_MS) return true;
      const nextMs = times[index + 1];
      return nextMs === undefined || Math.floor(nextMs / COARSE_MS) !== Math.floor(atMs / COARSE_MS);
    });
    times = times.filter((_, index) => isKept[index]);
    lines = new Map([...lines].map(([name, sigmas]) => [name, sigmas.filter((_, index) => isKept[index])]));
  }

  return {
    add(atMs, readings) {
      const last = times.at(-1);
      if (last !== undefined && atMs <= last) return;
      times.push(atMs);
      for (const { signal, cohort, anytimeSigma } of readings) {
        const name = `${signal}/${cohort}`;
        const line = lines.get(name) ?? times.slice(1).map(() => null);
        if (!lines.has(name)) {
          if (lines.size >= MAX_LINES && anytimeSigma < 1) continue;
          lines.set(name, line);
        }
        line.push(Math.round(anytimeSigma * 100) / 100);
      }
      for (const line of lines.values()) if (line.length < times.length) line.push(null);
      thin(atMs);
    },
    series(signal, cohort, window) {
      const line = lines.get(`${signal}/${cohort}`) ?? [];
      const points = times
        .map((atMs, index) => ({ atMs, sigma: line[index] ?? null }))
        .filter(({ atMs }) => line.length > 0 && atMs >= window.fromMs && atMs < window.toMs);
      return { signal, cohort, points };
    },
    state: () => ({ atMs: times, lines: [...lines] }),
  };
}
