import { describe, expect, it } from 'vitest';
import { drillReport } from '../fixture.ts';
import { momentAt, placesOf } from './replay.ts';

const report = drillReport();

describe('the replay', () => {
  it('knows how the drill stood after each event', () => {
    expect(momentAt(report, 0)).toMatchObject({
      sinceBeginMs: 0,
      sinceOnsetMs: null,
      faultsActive: 0,
      opened: 0,
    });
    expect(momentAt(report, 1)).toMatchObject({ sinceOnsetMs: 0, faultsActive: 1 });
    expect(momentAt(report, 3)).toMatchObject({ opened: 1, lever: 'v18 to v17, flag.', verdict: null });
    expect(momentAt(report, 99)).toMatchObject({ verdict: 'recovered', event: { kind: 'end' } });
    expect(momentAt({ ...report, events: [] }, 0)).toBeNull();
  });

  it('takes the verdict, not the last of its checks, and counts incidents by their names', () => {
    const [first] = report.events;
    const events = [
      { ...first!, kind: 'alarm' as const, text: 'INC-20260509-1 complaints 4x' },
      { ...first!, kind: 'verdict' as const, text: 'INC-20260509-1 check passed: complaints' },
    ];
    expect(momentAt({ ...report, events }, 1)).toMatchObject({
      opened: 1,
      verdict: 'INC-20260509-1 check passed: complaints',
    });
    const verdict = { ...first!, kind: 'verdict' as const, text: 'INC-20260509-1 Recovered: all four' };
    const both = [...events, verdict, events[1]!];
    expect(momentAt({ ...report, events: both }, 3)?.verdict).toBe('INC-20260509-1 Recovered: all four');
  });

  it('places events by their time', () => {
    const places = placesOf(report.events);
    expect(places[0]).toBe(0);
    expect(places.at(-1)).toBe(1);
    expect(places[2]).toBeCloseTo(6 / 14);
    expect(placesOf(report.events.slice(0, 1))).toEqual([0]);
  });
});
