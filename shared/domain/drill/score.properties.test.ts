import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WorldAction } from '#shared/model/scenario.ts';
import type { ObservedIncident } from './observation.ts';
import { scoreDrill } from './score.ts';
import {
  facts,
  flip,
  goodResponse,
  incident,
  MINUTE,
  observed,
  ONSET,
  quiet,
  scenario,
} from './test-drill.ts';

const seen = (incidents: readonly ObservedIncident[]) => ({
  readiness: {},
  alarms: [],
  leverChanges: [],
  incidents,
});

describe('whatever happened', () => {
  const minute = fc.double({ min: 0, max: 36, noNaN: true });
  const incidents = fc.record({
    declared: minute,
    flips: fc.array(minute, { maxLength: 3 }),
    isClosed: fc.boolean(),
  });
  const actions = fc.subarray<WorldAction>([
    'restart-stale-workers',
    'repair-and-replay-queue',
    'call-provider',
  ]);
  const drills = fc.record({
    incidents: fc.array(incidents, { maxLength: 2 }),
    badUntil: minute,
    actions,
    scenario: fc.constantFrom(
      scenario(),
      quiet(),
      scenario({}, { wave2: true, staleWorkersNamed: true }),
      scenario({}, { advice: ['forward-fix'] }),
      scenario(
        { kind: 'not-the-prompt', declaredByHandMinutes: 4 },
        { page: null, advice: ['not-the-prompt'] },
      ),
    ),
  });
  const build = (it: { incidents: { declared: number; flips: number[]; isClosed: boolean }[] }) =>
    it.incidents.map(({ declared, flips, isClosed }, index) =>
      observed(
        incident({
          id: `INC-${index}`,
          declaredAtMs: ONSET + declared * MINUTE,
          rollbacks: flips.map((at) => flip(ONSET + at * MINUTE)),
          closedAtMs: isClosed ? ONSET + 36 * MINUTE : null,
        }),
      ),
    );

  it('points stay between none and all, bad conversations in order, each wrong turn once', () => {
    fc.assert(
      fc.property(drills, (it) => {
        const report = scoreDrill(
          facts({ ...it, badUntilMs: ONSET + it.badUntil * MINUTE, seen: seen(build(it)) }),
        );
        const { earned, possible } = report.points;
        expect(earned).toBeGreaterThanOrEqual(0);
        expect(earned).toBeLessThanOrEqual(possible);
        const { served, best, untouched } = report.badConversations;
        expect(best).toBeLessThanOrEqual(served);
        expect(served).toBeLessThanOrEqual(untouched);
        expect(new Set(report.wrongTurns.map(({ id }) => id)).size).toBe(report.wrongTurns.length);
        expect(report.sentence).not.toBe('');
      }),
    );
  });

  it('a slower step never earns more', () => {
    fc.assert(
      fc.property(minute, minute, (one, other) => {
        const points = (minutes: number) => {
          const steps = goodResponse().steps.map((step) =>
            step.id === 'verify' ? { ...step, doneAtMs: (step.startedAtMs ?? 0) + minutes * MINUTE } : step,
          );
          return scoreDrill(facts({ seen: seen([observed({ ...goodResponse(), steps })]) })).points.earned;
        };
        expect(points(Math.max(one, other))).toBeLessThanOrEqual(points(Math.min(one, other)));
      }),
    );
  });
});
