import { describe, expect, it } from 'vitest';
import { NOTHING_EARLIER } from '#shared/model/incident.ts';
import { bench, MINUTE, PROMPT, ticks, workspaceOf } from './watch-bench.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Promoted: the workspace has it as the control, and nothing else is served. */
const promoted = (more: Record<string, unknown> = {}) =>
  workspaceOf({ control: 'v18', candidate: undefined, ...more });

/** Two days of ordinary traffic up to now, at ten a minute. */
function ordinary(at: ReturnType<typeof bench>): number {
  const nowMs = at.clock.nowMs();
  at.traffic('v18', 10, 100, nowMs - 2 * DAY, nowMs);
  return nowMs;
}

/** So long of traffic that gets its complaints from one in so many, seen as it comes. */
async function goOn(at: ReturnType<typeof bench>, minutes: number, oneIn: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 5) {
    const nowMs = at.clock.nowMs();
    at.traffic('v18', 100, oneIn, nowMs, nowMs + 5 * MINUTE);
    await at.clock.advance(5 * MINUTE);
    await at.watch.tick();
  }
}

describe('a promoted prompt', () => {
  it('is watched against its own past: quiet while nothing changes, and the row says against what', async () => {
    const at = bench(promoted({ versions: [{ id: 'v17' }, { id: 'v18' }] }));
    ordinary(at);
    await ticks(2, at);
    await goOn(at, 30, 100);
    const row = at.published.at(-1);
    expect(row).toMatchObject({ candidate: null, ownPast: { version: 'v18', previous: 'v17' }, alarms: [] });
    const complaints = row?.evidence.find(({ signal }) => signal === 'complaints');
    expect(complaints).toMatchObject({ basis: 'history', state: 'quiet', cohort: 'all' });
    expect(complaints?.control.units).toBeGreaterThan(20_000);
    const meter = row?.meter.find(({ signal }) => signal === 'complaints');
    expect(meter?.minutesTo4x).toBeGreaterThan(0);
    const shown = row?.signals.find(({ signal }) => signal === 'complaints');
    expect(shown).toMatchObject({ verdict: 'none' });
    expect(shown?.candidateValue).toBeCloseTo(10, 0);
    expect(shown?.controlValue).toBeCloseTo(10, 0);
    expect(at.incidents.alarms).toEqual([]);
  });

  it('pages when it turns bad weeks later, goes back to what served before, and calls no policy', async () => {
    const at = bench(promoted({ versions: [{ id: 'v17' }, { id: 'v18' }] }));
    ordinary(at);
    await ticks(2, at);
    await goOn(at, 30, 15);
    expect(at.incidents.alarms).toHaveLength(1);
    const { input } = at.incidents.alarms[0]!;
    expect(input).toMatchObject({
      badVersion: 'v18',
      goodVersion: 'v17',
      shippedAtMs: null,
      alarm: { basis: 'history', class: 'page', signal: 'complaints' },
    });
    expect(input.trigger.sentence).toContain('against its own past');
    expect(at.told.every(({ isAlone }) => isAlone)).toBe(true);
    // The incident goes on being fed from the same trial.
    expect(at.incidents.observed.at(-1)?.evidence[0]).toMatchObject({ basis: 'history', state: 'page' });
    expect(at.incidents.observed.some(({ culprit }) => culprit !== null)).toBe(true);
  });

  it('says that nothing earlier is known to serve, where nothing is', async () => {
    const at = bench(promoted());
    ordinary(at);
    await ticks(2, at);
    await goOn(at, 30, 15);
    expect(at.incidents.alarms[0]?.input.goodVersion).toBe(NOTHING_EARLIER);
  });

  it('keeps its incident when it is rolled back, although both versions have been in traffic then', async () => {
    const at = bench(promoted({ versions: [{ id: 'v17' }, { id: 'v18' }] }));
    ordinary(at);
    await ticks(2, at);
    await goOn(at, 30, 15);
    const nowMs = at.clock.nowMs();
    at.traffic('v17', 100, 100, nowMs, nowMs + 5 * MINUTE);
    await at.clock.advance(5 * MINUTE);
    await ticks(3, at);
    expect(at.incidents.alarms).toHaveLength(1);
    const shown = at.incidents.observed.at(-1);
    expect(shown?.evidence.find(({ signal }) => signal === 'complaints')).toMatchObject({ basis: 'history' });
  });

  it('goes on after a restart where it was, and is compared again as soon as a candidate comes', async () => {
    const at = bench(promoted());
    ordinary(at);
    await ticks(2, at);
    await goOn(at, 15, 100);
    await at.watch.stop();
    expect([...at.files.saved.keys()]).toContain(`${PROMPT}#alone`);
    const nowMs = at.clock.nowMs();
    at.traffic('v18', 95, 100, nowMs, nowMs + 5 * MINUTE);
    at.traffic('v19', 5, 100, nowMs, nowMs + 5 * MINUTE);
    await at.clock.advance(5 * MINUTE);
    await ticks(4, at);
    const row = at.published.at(-1);
    expect(row).toMatchObject({ candidate: 'v19', ownPast: null });
    expect(row?.evidence[0]).toMatchObject({ basis: 'comparison' });
  });
});

describe('a candidate that has been alone for a week', () => {
  it('is watched against its own past, with the control to go back to', async () => {
    const at = bench();
    const nowMs = at.clock.nowMs();
    at.traffic('v17', 1, 100, nowMs - 12 * DAY, nowMs - 10 * DAY);
    at.traffic('v18', 10, 100, nowMs - 2 * DAY, nowMs);
    await ticks(3, at);
    expect(at.published.at(-1)).toMatchObject({
      candidate: 'v18',
      ownPast: { version: 'v18', previous: 'v17' },
    });
    await goOn(at, 30, 15);
    expect(at.incidents.alarms[0]?.input).toMatchObject({ badVersion: 'v18', goodVersion: 'v17' });
  });
});
