import { quantile } from '../bench-item.ts';
import type { Delays } from './delays.ts';
import type { FalseAlarms } from './false-alarms.ts';
import { TICK_S } from './world.ts';

const thousands = (value: number): string => value.toLocaleString('en');

/** "8.2 min", "3.4 h", "2.1 d"; beyond 30 days ">30 d". */
export function duration(ticks: number): string {
  const minutes = (ticks * TICK_S) / 60;
  if (minutes > 30 * 1440 || !Number.isFinite(minutes)) return '>30 d';
  if (minutes < 120) return `${Number(minutes.toPrecision(minutes < 10 ? 2 : 3))} min`;
  if (minutes < 2880) return `${(minutes / 60).toFixed(1)} h`;
  return `${(minutes / 1440).toFixed(1)} d`;
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function falseAlarmTable(results: readonly FalseAlarms[]): string {
  const names = [...(results[0]?.byRule.keys() ?? [])];
  return markdown(
    [
      'share of 30-day streams with any (episodes)',
      ...results.map(({ perHour }) => `${thousands(perHour)}/h`),
    ],
    names.map((name) => [
      name,
      ...results.map(({ byRule }) => {
        const tally = byRule.get(name);
        if (tally === undefined) return '';
        const share = (100 * tally.streamsWithAny) / tally.streams;
        return `${Number(share.toPrecision(2))}% of ${tally.streams} (${(tally.episodes / tally.streams).toFixed(2)})`;
      }),
    ]),
  );
}

/** Median / 90th percentile by effect and rule, one column per traffic. */
export function delayTable(results: readonly Delays[]): string {
  const traffics = [...new Set(results.map(({ perHour }) => perHour))];
  const effects = [...new Set(results.map(({ effect }) => effect.name))];
  const rows = effects.flatMap((name) => {
    const cells = results.filter(({ effect }) => effect.name === name);
    const rules = [...(cells[0]?.byRule.keys() ?? [])];
    return rules.map((rule, at) => [
      at === 0 ? name : '',
      rule,
      ...traffics.map((perHour) => {
        const list = cells
          .find((cell) => cell.perHour === perHour)
          ?.byRule.get(rule)
          ?.filter((ticks) => !Number.isNaN(ticks));
        return list === undefined || list.length === 0
          ? ''
          : `${duration(quantile(list, 0.5))} / ${duration(quantile(list, 0.9))}`;
      }),
    ]);
  });
  return markdown(['regression', 'rule', ...traffics.map((perHour) => `${thousands(perHour)}/h`)], rows);
}
