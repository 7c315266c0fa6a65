import {
  againSince,
  backSince,
  endAtBaseline,
  noticeErrors,
  openAgain,
  stretchesOf,
  type Stretch,
} from '#shared/domain/wave2/clock.ts';
import { DRAINED_AFTER_MS } from '#shared/domain/verification/rates.ts';
import type { TimelineKind, Verification } from '#shared/model/incident.ts';
import type { Wave2 } from '#shared/model/wave2.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { IncidentRecord, RateReference, RecordEntry } from '../records/kind.ts';
import { TOOL, type IncidentDeps } from './deps.ts';
import { gatherStretch } from './gather-rates.ts';

/** Looking back over hours is dear, and an end may be told some seconds late. */
const LOOK_EVERY_MS = 10_000;

export type Wave2Turn = {
  readonly wave2: Wave2;
  readonly lines: readonly {
    readonly kind: TimelineKind;
    readonly text: string;
    readonly atMs: number | null;
  }[];
  readonly also: readonly RecordEntry[];
};

/** The clock of a second wave: begins when the checks see errors outlive the bad version, ends when they are back at baseline. */
export function createWave2Clock(deps: Pick<IncidentDeps, 'clock' | 'evidence' | 'sources' | 'log'>) {
  const { clock, log } = deps;
  const lookedAtMs = new Map<string, number>();

  function audit(record: IncidentRecord, what: string, before: unknown, after: unknown): RecordEntry {
    return {
      kind: 'audit',
      value: {
        atMs: clock.nowMs(),
        monotonicMs: clock.monotonicMs(),
        actor: TOOL,
        via: 'engine',
        operationId: null,
        phase: 'fact',
        what: `${record.id}: ${what}`,
        before,
        after,
      },
    };
  }

  return {
    /** Downstream errors of the last minutes and hours of an open wave; empty where there is nothing to end, or it was just looked at. */
    async stretches(
      prompt: WorkspacePrompt,
      record: IncidentRecord,
      flip: { readonly flipAtMs: number; readonly nowMs: number },
    ): Promise<Stretch[]> {
      const { nowMs, flipAtMs } = flip;
      if (!record.wave2) return [];
      const startsMs = stretchesOf(record.wave2, flipAtMs + DRAINED_AFTER_MS, nowMs);
      if (startsMs.length === 0 || nowMs - (lookedAtMs.get(record.id) ?? 0) < LOOK_EVERY_MS) return [];
      lookedAtMs.set(record.id, nowMs);
      try {
        const found = await Promise.all(
          startsMs.map(async (fromMs) => {
            const counts = await gatherStretch(deps, prompt, record, { fromMs, toMs: nowMs });
            return counts && { ...counts, fromMs };
          }),
        );
        return found.filter((stretch) => stretch !== null);
      } catch (error) {
        log.warn({ incident: record.id, error: String(error) }, 'errors of the second wave not read');
        return [];
      }
    },

    /** What has become of the second wave; null = it is as it was. Does not wait for anything. */
    turn(
      record: IncidentRecord,
      verification: Verification,
      reference: RateReference | null,
      stretches: readonly Stretch[],
    ): Wave2Turn | null {
      const nowMs = clock.nowMs();
      const before = record.wave2 ?? null;
      const told = (wave2: Wave2, text: string): Wave2Turn => ({
        wave2,
        lines: [{ kind: 'wave-2', text, atMs: null }],
        also: [audit(record, text, before?.life ?? null, wave2.life)],
      });
      if (before && reference) {
        const isOpen = before.life.end === null;
        const found = isOpen ? backSince(reference, stretches) : againSince(reference, stretches);
        if (found && isOpen) {
          const wave2 = endAtBaseline(before, found, nowMs, TOOL);
          return told(wave2, `wave 2 over: ${wave2.life.end?.reason ?? ''}`);
        }
        if (found) {
          const wave2 = openAgain(before, found, nowMs, TOOL);
          return told(wave2, `wave 2 is back: ${wave2.life.reason}`);
        }
      }
      const noticed = noticeErrors(before, verification.wave2, nowMs, TOOL);
      if (noticed === null) return null;
      const { wave2, isOpened } = noticed;
      if (!isOpened) return { wave2, lines: [], also: [] };
      return told(wave2, before ? 'wave 2 is back: its clock runs again' : 'wave 2 began: its clock runs');
    },
  };
}
