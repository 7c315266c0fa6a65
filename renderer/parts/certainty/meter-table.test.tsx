import { cleanup, render, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import type { MeterReading } from '#shared/model/detection.ts';
import { MeterTable } from './meter-table.tsx';

const NOW = new Date(2026, 4, 9, 14, 0).getTime();
const reading = (over: Partial<MeterReading>): MeterReading => ({
  signal: 'complaints',
  cohort: 'all',
  smallestIn5Min: null,
  smallestIn60Min: 2.4,
  minutesTo2x: 41,
  minutesTo4x: 8.3,
  until2xMin: 12,
  until4xMin: 0,
  blindUntilMs: null,
  unknownBecause: null,
  ...over,
});
const rowOf = (name: string) => screen.getByRole('rowheader', { name }).closest('tr')!;

afterEach(cleanup);

describe('MeterTable', () => {
  it('tells what would page in time, what never would, and until when it is blind', () => {
    const safety = reading({ signal: 'safety', blindUntilMs: NOW + 40 * 60_000 });
    render(<MeterTable name="Meter" meter={[reading({}), safety]} advice={[]} nowMs={NOW} />);
    expect(
      within(rowOf('complaints'))
        .getAllByRole('cell')
        .map((cell) => cell.textContent),
    ).toEqual(['none would', '2.4x', '50 min', '9 min', 'not blind']);
    expect(rowOf('safety-filter trips').textContent).toContain('~14:40');
    expect(screen.getByText(/False alarms a month at most/).textContent).toMatch(
      /one signal 0\.0027, by two 0\.023/,
    );
  });

  it('gives the reason in the place of figures it does not have', () => {
    render(
      <MeterTable
        name="Meter"
        meter={[reading({ unknownBecause: 'no conversations on the candidate' })]}
        advice={[{ kind: 'raise-share', text: 'Raise v18 to 25 %: 3 min instead of 9.', minutesTo4x: 3 }]}
        nowMs={NOW}
      />,
    );
    expect(within(rowOf('complaints')).getAllByRole('cell')).toHaveLength(1);
    expect(rowOf('complaints').textContent).toContain('cannot say: no conversations on the candidate');
    expect(screen.getByText('Raise v18 to 25 %: 3 min instead of 9.')).toBeTruthy();
  });

  it('says so before a candidate takes traffic', () => {
    render(<MeterTable name="Meter" meter={[]} advice={[]} nowMs={NOW} />);
    expect(screen.queryByRole('table')).toBeNull();
    expect(screen.getByText(/Nothing can be said yet/)).toBeTruthy();
  });
});
