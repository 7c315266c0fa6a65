import { IconBulb, IconEyeOff } from '@tabler/icons-react';
import { falseAlarmBudgets } from '#shared/domain/detection/false-alarms.ts';
import type { MeterAdvice, MeterReading } from '#shared/model/detection.ts';
import { SIGNAL_IDS } from '#shared/model/signal.ts';
import { ScrollArea } from '../scroll-area.tsx';
import { cohortTitle, STREAM_TITLES } from './evidence-words.ts';
import { minutesWords, smallestWords, untilShort } from './meter-words.ts';
import './meter-table.css';

export type MeterTableProps = {
  readonly name: string;
  readonly meter: readonly MeterReading[];
  readonly advice: readonly MeterAdvice[];
  /** The engine's clock: a blindness that is over is not shown. */
  readonly nowMs: number;
  /** Name the cohort in each row; without it the rows are about one cohort. */
  readonly withCohorts?: boolean;
};

const SIGNALS: readonly string[] = SIGNAL_IDS;

/** What could be seen at present traffic and split, per signal and cohort, and what would let one see sooner. */
export function MeterTable({ name, meter, advice, nowMs, withCohorts = false }: MeterTableProps) {
  if (meter.length === 0) {
    return (
      <p className="fb-dim">
        Nothing can be said yet: a candidate must take traffic before it is known how soon it would show.
      </p>
    );
  }
  const hasCanaries = meter.some((reading) => !SIGNALS.includes(reading.signal));
  return (
    <div className="fb-meter">
      <ScrollArea className="fb-meter-scroll" name={name}>
        <table>
          <thead>
            <tr>
              <th scope="col">signal</th>
              {withCohorts && <th scope="col">cohort</th>}
              <th scope="col" title="Smallest change that would page within five minutes of its beginning">
                pages in 5 min
              </th>
              <th scope="col" title="Smallest change that would page within an hour of its beginning">
                in 60 min
              </th>
              <th scope="col" title="A change of two times (csat: 2 points) that begins now">
                2x takes
              </th>
              <th scope="col" title="A change of four times (csat: 5 points) that begins now">
                4x takes
              </th>
              <th scope="col" title="Until then a change of four times since launch could still be hidden">
                blind until
              </th>
            </tr>
          </thead>
          <tbody>
            {meter.map((reading) => (
              <MeterRow
                key={`${reading.signal}:${reading.cohort}`}
                reading={reading}
                nowMs={nowMs}
                withCohort={withCohorts}
              />
            ))}
          </tbody>
        </table>
      </ScrollArea>
      <p className="fb-faint fb-meter-note">
        At present traffic and split; expected times, an unlucky run takes longer. csat: drops of 2 and 5
        points.
        {hasCanaries && ' Fallbacks, escalations and corrections are watched and never page.'}
      </p>
      <FalseAlarms meter={meter} />
      {advice.length > 0 && (
        <ul className="fb-meter-advice">
          {advice.slice(0, 3).map((each) => (
            <li key={`${each.kind}:${each.text}`}>
              <IconBulb size={13} aria-hidden /> {each.text}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** What sight costs: alarms without a reason, at most, while nothing is wrong. */
function FalseAlarms({ meter }: { readonly meter: readonly MeterReading[] }) {
  const streams = new Set(meter.map((reading) => reading.signal));
  const signals = SIGNALS.filter((signal) => streams.has(signal as MeterReading['signal'])).length;
  const budgets = falseAlarmBudgets({ signals, canaries: streams.size - signals });
  const perMonth = (rule: (typeof budgets)[number]['rule']) =>
    budgets.find((budget) => budget.rule === rule)?.atMostPerMonth.toPrecision(2) ?? '–';
  return (
    <p className="fb-dim fb-meter-note">
      False alarms a month at most, over all cohorts: page by one signal {perMonth('one-at-page')}, by two{' '}
      {perMonth('two-at-watch')}; watch {perMonth('one-at-watch')}.
    </p>
  );
}

function MeterRow(props: {
  readonly reading: MeterReading;
  readonly nowMs: number;
  readonly withCohort: boolean;
}) {
  const { reading, nowMs, withCohort } = props;
  const isBlind = reading.blindUntilMs !== null && reading.blindUntilMs > nowMs;
  return (
    <tr title={reading.unknownBecause ?? undefined}>
      <th scope="row">{STREAM_TITLES[reading.signal]}</th>
      {withCohort && <td>{cohortTitle(reading.cohort)}</td>}
      {reading.unknownBecause === null ? (
        <>
          <td>{smallestWords(reading, reading.smallestIn5Min)}</td>
          <td>{smallestWords(reading, reading.smallestIn60Min)}</td>
          <td>{minutesWords(reading, reading.minutesTo2x)}</td>
          <td>{minutesWords(reading, reading.minutesTo4x)}</td>
          <td data-blind={isBlind || undefined}>
            {isBlind ? (
              <>
                <IconEyeOff size={11} aria-hidden /> {untilShort(reading.blindUntilMs ?? nowMs, nowMs)}
              </>
            ) : (
              'not blind'
            )}
          </td>
        </>
      ) : (
        <td colSpan={5} className="fb-dim">
          cannot say: {reading.unknownBecause}
        </td>
      )}
    </tr>
  );
}
