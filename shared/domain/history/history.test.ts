import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RESPONSE_METRICS } from '#shared/model/history.ts';
import { LOOP_STEPS, type Incident } from '#shared/model/incident.ts';
import { csv } from './csv.ts';
import { momentOf } from './moment.ts';
import { metricFigures } from './tally.ts';
import { spanWords, tooFewWords } from './words.ts';
import { incidentFacts, nextWeek, responseTimes, weekStart } from './facts.ts';

const DAY = 24 * 3_600_000;
const MIN = 60_000;

const step = (id: string, startedAtMs: number | null, doneAtMs: number | null, state = 'done') => ({
  id,
  targetMs: 0,
  state: doneAtMs === null ? 'active' : state,
  startedAtMs,
  doneAtMs,
  note: null,
});

const incident = (over: object = {}): Incident =>
  ({
    id: 'INC-20260509-1',
    promptId: 'support',
    promptTitle: 'Support agent',
    severity: 'P2',
    status: 'closed',
    trigger: { kind: 'incident', signal: 'complaints', cohort: null, sigma: 4, ratio: 4, sentence: '' },
    shippedAtMs: 0,
    declaredAtMs: 8 * MIN,
    closedAtMs: 40 * MIN,
    steps: [
      step('detect', 0, 8 * MIN),
      step('identify', 8 * MIN, 8 * MIN),
      step('decide', 8 * MIN, 11 * MIN),
      step('rollback', 11 * MIN, 11 * MIN + 11_000),
      step('verify', 11 * MIN + 11_000, 15 * MIN),
      step('note', 15 * MIN, 40 * MIN),
      step('eval', 15 * MIN, null),
    ],
    rollbacks: [{ state: 'in-effect', operation: { kind: 'serve-control' }, lever: 'flag' }],
    waivers: [],
    decision: { recorded: null },
    badConversations: 40,
    ...over,
  }) as unknown as Incident;

describe('facts of an incident', () => {
  it('measures the spans of the story', () => {
    expect(responseTimes(incident())).toEqual({
      detect: 8 * MIN,
      identify: 0,
      decide: 3 * MIN,
      rollback: 11_000,
      verify: 4 * MIN - 11_000,
      note: 25 * MIN,
      eval: null,
      'time-to-rollback': 3 * MIN + 11_000,
      'time-to-recover': 7 * MIN,
      total: 15 * MIN,
    });
  });

  it('measures nothing where a beginning or an end is not known', () => {
    const times = responseTimes(incident({ shippedAtMs: null }));
    expect(times).toMatchObject({ detect: null, total: null, 'time-to-rollback': 3 * MIN + 11_000 });
    const skipped = responseTimes(
      incident({ steps: [step('rollback', 11 * MIN, 12 * MIN, 'skipped'), step('verify', null, null)] }),
    );
    expect(skipped).toMatchObject({ rollback: null, 'time-to-rollback': null, 'time-to-recover': null });
  });

  it('names team, lever, eval case and waiver, and what is not known as null', () => {
    expect(incidentFacts(incident(), { owner: 'pia', service: 'support-api' })).toMatchObject({
      team: 'pia',
      service: 'support-api',
      lever: 'flag',
      hasEvalCase: false,
      hasWaiver: false,
      isDrill: false,
    });
    const other = incident({
      steps: [step('eval', 15 * MIN, 20 * MIN)],
      rollbacks: [{ state: 'refused', operation: { kind: 'serve-control' }, lever: 'flag' }],
      waivers: [{ blocker: 'cause', name: 'Ana', reason: 'x', atMs: 0 }],
    });
    expect(incidentFacts(other, null)).toMatchObject({
      team: null,
      service: null,
      lever: null,
      hasEvalCase: true,
      hasWaiver: true,
    });
  });

  it('says what became of the eval case: proven, waived, missing, or not owed', () => {
    const outcome = (over: object) => incidentFacts(incident(over), null).evalOutcome;
    expect(outcome({})).toBe('missing');
    expect(outcome({ status: 'open' })).toBe(null);
    expect(outcome({ steps: [step('eval', 15 * MIN, 20 * MIN)], status: 'open' })).toBe('proven');
    const waiver = (blocker: string) => [{ blocker, name: 'Ana', reason: 'x', atMs: 0 }];
    expect(outcome({ waivers: waiver('cause') })).toBe('missing');
    expect(outcome({ waivers: waiver('eval-gate') })).toBe('waived');
    expect(outcome({ rollbacks: [] })).toBe('not-owed');
    const decision = { recorded: { outcome: 'forward-fix', by: 'ana', atMs: 0 } };
    expect(outcome({ rollbacks: [], decision })).toBe('missing');
  });

  it('begins a week on Monday, UTC', () => {
    expect(new Date(weekStart(Date.UTC(2026, 4, 9, 23, 59))).toISOString()).toBe('2026-05-04T00:00:00.000Z');
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 13), max: 10 ** 13 }), (atMs) => {
        const start = weekStart(atMs);
        expect(new Date(start).getUTCDay()).toBe(1);
        expect(start % DAY).toBeCloseTo(0);
        expect(start).toBeLessThanOrEqual(atMs);
        expect(nextWeek(start)).toBeGreaterThan(atMs);
      }),
    );
  });
});

describe('targets', () => {
  it('are those of the loop, and their sums', () => {
    const targets = Object.fromEntries(RESPONSE_METRICS.map(({ id, targetMs }) => [id, targetMs / MIN]));
    for (const { id, targetMs } of LOOP_STEPS) expect(targets[id]).toBe(targetMs / MIN);
    expect(targets).toMatchObject({ 'time-to-rollback': 5, 'time-to-recover': 9, total: 14 });
  });
});

describe('CSV', () => {
  /** Reads RFC 4180 back, by hand: the writer must not be its own judge. */
  function parse(text: string): string[][] {
    const rows: string[][] = [[]];
    let field = '';
    let isQuoted = false;
    for (let at = 0; at < text.length; at += 1) {
      const char = text.charAt(at);
      if (isQuoted) {
        if (char !== '"') field += char;
        else if (text.charAt(at + 1) === '"') {
          field += '"';
          at += 1;
        } else isQuoted = false;
      } else if (char === '"') isQuoted = true;
      else if (char === ',' || char === '\r') {
        rows.at(-1)?.push(field);
        field = '';
        if (char === '\r') {
          rows.push([]);
          at += 1;
        }
      } else field += char;
    }
    return rows.slice(0, -1);
  }

  it('reads back as it was written, with no cell that a spreadsheet would run', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string().map((rest) => `=${rest}`),
      fc.constantFrom('a,b', 'say "no"', 'two\r\nlines', '-1+1', '@x', ''),
    );
    fc.assert(
      fc.property(fc.array(fc.array(text, { minLength: 2, maxLength: 4 }), { maxLength: 5 }), (rows) => {
        const back = parse(csv(rows));
        expect(back.map((row) => row.length)).toEqual(rows.map((row) => row.length));
        for (const [y, row] of back.entries()) {
          for (const [x, found] of row.entries()) {
            expect(found).not.toMatch(/^[=+\-@\t\r]/);
            const wrote = rows[y]?.[x];
            expect(found === wrote || found === `'${wrote}`).toBe(true);
          }
        }
      }),
    );
  });

  it('keeps numbers as numbers, also below zero', () => {
    expect(csv([[-1, 0.5, null, true, 'x']])).toBe('-1,0.5,,true,x\r\n');
  });
});

describe('words', () => {
  it.each([
    [null, '–'],
    [0, '0 s'],
    [59_499, '59 s'],
    [59_500, '1 min'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
    [47 * 3_600_000, '47 h'],
    [76 * 3_600_000, '3 d 4 h'],
  ])('%s ms is "%s"', (ms, words) => {
    expect(spanWords(ms)).toBe(words);
  });

  it('say how many are missing, and what the few were', () => {
    expect(tooFewWords({ count: 0, minMs: null, maxMs: null })).toBe('not measured yet');
    expect(tooFewWords({ count: 1, minMs: MIN, maxMs: MIN })).toBe('1 of 5 needed: 1 min');
    expect(tooFewWords({ count: 4, minMs: MIN, maxMs: 2 * MIN })).toBe('4 of 5 needed: 1 min to 2 min');
    expect(tooFewWords({ count: 5, minMs: MIN, maxMs: 2 * MIN })).toBeNull();
  });
});

describe('moments', () => {
  it.each([
    ['2026-05-09', 'from', '2026-05-09T00:00:00.000Z'],
    ['2026-05-09', 'to', '2026-05-10T00:00:00.000Z'],
    ['2026-05-09T14:00Z', 'to', '2026-05-09T14:00:00.000Z'],
    ['2026-05-09T14:00:30+02:00', 'from', '2026-05-09T12:00:30.000Z'],
  ] as const)('%s as %s', (text, edge, expected) => {
    expect(new Date(momentOf(text, edge) ?? Number.NaN).toISOString()).toBe(expected);
  });

  it.each(['', 'yesterday', '2026-02-30', '2026-13-01', '2026-05-09T14:00', '09.05.2026', '1'])(
    'not %j',
    (text) => {
      expect(momentOf(text, 'from')).toBeNull();
    },
  );
});

describe('figures of a metric', () => {
  it('are those of the definitions, whatever the times', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10 ** 9 }), { maxLength: 60 }), (values) => {
        const found = metricFigures('time-to-rollback', values, true);
        const n = values.length;
        expect(found.count).toBe(n);
        expect(found.withinTarget).toBe(values.filter((ms) => ms <= 5 * MIN).length);
        if (n < 5) {
          expect(found).toMatchObject({ medianMs: null, p90Ms: null, meanMs: null });
          return;
        }
        // Half lie on either side of the median; nine tenths at or below the 90th percentile, and no smaller value has as many.
        const { medianMs, p90Ms, minMs, maxMs } = found;
        const share = (keep: (ms: number) => boolean) => values.filter(keep).length / n;
        expect(share((ms) => ms <= (medianMs ?? -1))).toBeGreaterThanOrEqual(0.5);
        expect(share((ms) => ms >= (medianMs ?? -1))).toBeGreaterThanOrEqual(0.5);
        expect(values).toContain(p90Ms);
        expect(values.filter((ms) => ms <= (p90Ms ?? -1)).length * 10).toBeGreaterThanOrEqual(9 * n);
        expect(values.filter((ms) => ms < (p90Ms ?? -1)).length * 10).toBeLessThan(9 * n);
        expect([minMs, maxMs]).toEqual([Math.min(...values), Math.max(...values)]);
      }),
    );
  });
});
