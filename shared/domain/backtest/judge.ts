import type { StreamId } from '#shared/model/detection.ts';
import { SIGNAL_IDS } from '#shared/model/signal.ts';
import { falseAlarmBudgets } from '../detection/false-alarms.ts';
import { isCanary } from '../detection/lines.ts';
import { inWords } from '../detection/meter-advice.ts';
import type { BacktestAlarm, BacktestResult, BacktestVerdict, BlindStream, Recording } from './kind.ts';
import { replay } from './replay.ts';
import type { Trial } from './trial.ts';

type MeterLine = ReturnType<Trial['meter']>[number];

/**
 * What the product would have said, and when. `page` or `watch` by the alarms of the whole recording. Without one: `quiet` where a 4x rise in
 * complaints since launch would have alarmed by now (where complaints are not known at all: in another signal, over all cohorts), else
 * `cannot-tell`. Deterministic: the same recording gives the same result.
 */
export function backtest(recording: Recording): BacktestResult {
  const { trials, verification, warnings } = replay(recording);
  const { endMs, streams } = recording;
  const alarms = trials.flatMap(alarmsOf).toSorted((a, b) => a.t - b.t);
  const latest = trials.at(-1);
  const meter = latest?.meter(endMs) ?? [];
  const { verdict, sentence } = verdictOf(alarms, latest, meter, endMs);
  return {
    alarms,
    verdict,
    sentence,
    blind: latest ? meter.filter(isBlind).map(blindStream) : unseen(streams),
    ...(verification ? { verification } : {}),
    notices: trials
      .flatMap(({ detector, version }) =>
        detector.notices().map(({ atMs, sentence: text }) => ({ t: atMs, version, sentence: text })),
      )
      .toSorted((a, b) => a.t - b.t),
    warnings: [
      ...recording.warnings,
      ...warnings,
      ...(latest ? [] : ['no conversation of a candidate: nothing was compared']),
    ],
    falseAlarmsPerMonth: falseAlarmBudgets({
      signals: SIGNAL_IDS.length,
      canaries: streams.length - SIGNAL_IDS.length,
    }).map(({ rule, atMostPerMonth }) => ({ rule, atMostPerMonth })),
    from: recording.startMs,
    to: endMs,
    candidates: trials.map(({ version, startedAtMs }) => ({ version, launchedAt: startedAtMs })),
  };
}

function alarmsOf({ detector, version }: Trial): BacktestAlarm[] {
  return detector
    .alarms()
    .map(({ atMs, class: kind, signal, cohort, basis, sigma, evidence, sentence, ...rest }) => {
      const { resolvedAtMs, ...more } = rest;
      return {
        t: atMs,
        class: kind,
        signal,
        cohort,
        basis,
        sigma,
        evidence,
        sentence,
        version,
        resolvedAt: resolvedAtMs,
        ...more,
      };
    });
}

const isBlind = ({ reading }: MeterLine): boolean => reading.until2xMin !== 0;

function blindStream({ basis, reading }: MeterLine): BlindStream {
  const { signal, cohort, until2xMin, until4xMin, unknownBecause } = reading;
  return { signal, cohort, basis, until2xMin, until4xMin, because: unknownBecause };
}

/** Nothing was on trial: everything is blind. */
function unseen(streams: readonly StreamId[]): BlindStream[] {
  return streams.map((signal) => ({
    signal,
    cohort: 'all',
    basis: 'comparison',
    until2xMin: null,
    until4xMin: null,
    because: 'no candidate was seen',
  }));
}

function verdictOf(
  alarms: readonly BacktestAlarm[],
  latest: Trial | undefined,
  meter: readonly MeterLine[],
  nowMs: number,
): { readonly verdict: BacktestVerdict; readonly sentence: string } {
  const first = alarms.find((alarm) => alarm.class === 'page') ?? alarms[0];
  if (first) {
    const word = first.class === 'page' ? 'Page' : 'Watch, no page';
    return { verdict: first.class, sentence: `${word}: ${first.sentence}.` };
  }
  if (!latest) return { verdict: 'cannot-tell', sentence: 'Cannot tell: no candidate was seen.' };
  const pooled = meter.filter(({ reading }) => reading.cohort === 'all' && !isCanary(reading.signal));
  const complaints = pooled.find(({ reading }) => reading.signal === 'complaints')?.reading;
  const seen = pooled.filter(({ reading }) => reading.until4xMin === 0).map(({ reading }) => reading.signal);
  const isSeen =
    complaints && complaints.unknownBecause === null ? complaints.until4xMin === 0 : seen.length > 0;
  if (isSeen) {
    const hidden = pooled
      .filter(({ reading }) => reading.until4xMin !== 0)
      .map(({ reading }) => reading.signal);
    return {
      verdict: 'quiet',
      sentence:
        `Quiet: no alarm on ${latest.version}. A large change since its launch (4x; csat 5 points) would have been seen in ` +
        `${seen.join(', ')}${hidden.length > 0 ? `, not yet in ${hidden.join(', ')}` : ''}.`,
    };
  }
  const why = waitWords(complaints, nowMs);
  return { verdict: 'cannot-tell', sentence: `Cannot tell yet: no alarm on ${latest.version}, but ${why}.` };
}

function waitWords(complaints: MeterLine['reading'] | undefined, nowMs: number): string {
  if (!complaints) return 'complaints are not watched';
  const { until4xMin, unknownBecause } = complaints;
  if (unknownBecause !== null) return `in complaints ${unknownBecause}`;
  if (until4xMin === null) return 'a 4x rise in complaints would never show at this traffic';
  const at = new Date(nowMs + until4xMin * 60_000).toISOString().slice(0, 16).replace('T', ' ');
  return `a 4x rise in complaints could still be hidden: blind for about ${inWords(until4xMin)} more, until about ${at} UTC`;
}
