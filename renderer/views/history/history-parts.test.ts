import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { historyGroupSchema, historySortSchema, responseMetricSchema } from '#shared/model/history.ts';
import {
  filterOf,
  HOME_ADDRESS,
  isFiltered,
  LEVERS,
  readAddress,
  SEVERITIES,
  TRIGGERS,
  writeAddress,
  type HistoryAddress,
} from './address.ts';
import { chartSentence, groupRows, timeAxis } from './weeks.ts';

const MIN = 60_000;

describe('the address', () => {
  const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
  const date = fc
    .date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
    .map((at) => at.toISOString().slice(0, 10));

  it('leads back to what it was written from', () => {
    const address: fc.Arbitrary<HistoryAddress> = fc.record({
      from: fc.oneof(fc.constant(''), date),
      to: fc.oneof(fc.constant(''), date),
      promptId: orNull(fc.string({ minLength: 1 })),
      team: orNull(fc.string({ minLength: 1 })),
      trigger: orNull(fc.constantFrom(...TRIGGERS)),
      lever: orNull(fc.constantFrom(...LEVERS)),
      severity: orNull(fc.constantFrom(...SEVERITIES)),
      groupBy: fc.constantFrom(...historyGroupSchema.options),
      metric: fc.constantFrom(...responseMetricSchema.options),
      withMeans: fc.boolean(),
      sort: fc.constantFrom(...historySortSchema.options),
      isDescending: fc.boolean(),
    });
    fc.assert(
      fc.property(address, (value) => {
        expect(readAddress(writeAddress(value))).toEqual(value);
      }),
    );
  });

  it('is plain where all is as usual, and ignores what it does not know', () => {
    expect(writeAddress(HOME_ADDRESS)).toBe('#/history');
    expect(readAddress('#/history')).toEqual(HOME_ADDRESS);
    const odd = '#/history?from=yesterday&by=moon&sort=%E0%A4&trigger=none&lever=&means=0&x=1';
    expect(readAddress(odd)).toEqual(HOME_ADDRESS);
    expect(isFiltered(HOME_ADDRESS)).toBe(false);
  });

  it('means whole days', () => {
    const { fromMs, toMs } = filterOf(readAddress('#/history?from=2026-05-09&to=2026-05-09'));
    expect((toMs ?? 0) - (fromMs ?? 0)).toBe(24 * 60 * MIN);
  });
});

describe('groups', () => {
  const group = (key: string, medianMs: number | null) => ({
    key,
    title: `week of ${key}`,
    figures: {
      closed: 5,
      open: 0,
      recurrences: 0,
      evalCases: { proven: 0, waived: 0, missing: 0, notOwed: 0, unknown: 0 },
      waivers: { given: 0, unknown: 0 },
      metrics: [
        {
          metric: 'total' as const,
          count: 5,
          withinTarget: 0,
          medianMs,
          p90Ms: null,
          meanMs: null,
          minMs: null,
          maxMs: null,
        },
      ],
    },
  });

  it('draw a week without an incident as a week', () => {
    const rows = groupRows([group('2026-05-04', MIN), group('2026-05-25', 9 * MIN)], 'week', 'total');
    expect(rows.map(({ key, closed }) => [key, closed])).toEqual([
      ['2026-05-04', 5],
      ['2026-05-11', 0],
      ['2026-05-18', 0],
      ['2026-05-25', 5],
    ]);
    expect(chartSentence(rows, 'total', 5 * MIN)).toBe(
      'total: 2 of 4 with a median, 1 over the target of 5 min; highest 9 min (week of 2026-05-25).',
    );
    expect(chartSentence([], 'total', 1)).toBe('total: no group has enough incidents for a median.');
  });

  it('are drawn on an axis of whole minutes, hours or days that holds them and the target', () => {
    const span = fc.integer({ min: 0, max: 20 * 24 * 60 * MIN });
    fc.assert(
      fc.property(span, fc.integer({ min: MIN, max: 24 * 60 * MIN }), (medianMs, targetMs) => {
        const ticks = timeAxis(groupRows([group('2026-05-04', medianMs)], 'week', 'total'), targetMs);
        expect(ticks[0]).toBe(0);
        expect(ticks.at(-1)).toBeGreaterThan(Math.max(medianMs, targetMs));
        expect(ticks.length).toBeLessThanOrEqual(6);
        for (const tick of ticks) expect(tick % MIN).toBe(0);
      }),
    );
    expect(timeAxis([], 5 * MIN)).toEqual([0, 2 * MIN, 4 * MIN, 6 * MIN]);
  });

  it('keep the newest year of weeks', () => {
    const rows = groupRows([group('2020-01-06', MIN), group('2026-05-25', MIN)], 'week', 'total');
    expect(rows).toHaveLength(53);
    expect(rows.at(-1)?.key).toBe('2026-05-25');
  });
});
