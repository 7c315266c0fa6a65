import type { Incident } from '#shared/model/incident.ts';
import { SIGNALS, type SignalComparison } from '#shared/model/signal.ts';
import { figure } from './words.ts';

type Seen = Pick<Incident, 'signals' | 'evidence' | 'alarm' | 'cohort' | 'trigger'>;

/** The cohorts in which a signal was worse, by name; "all" only where no single one stands out. */
export function affectedCohorts({ signals, evidence, alarm, cohort, trigger }: Seen): string[] {
  const named = [
    cohort,
    alarm?.cohort ?? null,
    trigger.cohort,
    ...signals.filter(isWorse).map((one) => one.cohort),
    ...evidence.filter(({ state }) => state !== 'quiet').map((one) => one.cohort),
  ].filter((name) => name !== null);
  const single = [...new Set(named)].filter((name) => name !== 'all').toSorted();
  return single.length > 0 ? single : [...new Set(named)];
}

/** "tenant_cohort_B: complaints 20.4 against 5 per 1,000 (4.1x)", one line per worse signal and cohort. */
export function cohortLines({ signals }: Pick<Incident, 'signals'>): string[] {
  return signals
    .filter(isWorse)
    .toSorted((a, b) => (a.cohort + a.signal < b.cohort + b.signal ? -1 : 1))
    .map((one) => {
      const { title, unit } = SIGNALS[one.signal];
      const values =
        one.candidateValue === null || one.controlValue === null
          ? 'figures unknown'
          : `${figure(one.candidateValue)} against ${figure(one.controlValue)} ${unit}`;
      const times = one.ratio === null ? '' : ` (${figure(one.ratio)}x)`;
      return `${one.cohort === 'all' ? 'all cohorts' : one.cohort}: ${title}, ${values}${times}`;
    });
}

const isWorse = ({ verdict }: SignalComparison) => verdict === 'page' || verdict === 'watch';
