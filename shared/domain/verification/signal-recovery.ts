import type { SignalId } from '#shared/model/signal.ts';
import { comparisonLogs } from './comparison-recovery.ts';
import { RATE_SIGNALS as RATES } from './kind.ts';
import type { RateSignal, SinceFlip, StreamVerificationInput, VersionTotals } from './kind.ts';
import { EVIDENCE_LINE, recoveryBetween, slowSinceDrain, type Counts } from './recovery-evidence.ts';
import { createScoreRecovery, hasDropped } from './score-recovery.ts';
import { createStartedCounts, type Arm } from './started-counts.ts';
import { clock, percentOf, perThousand, waitFor } from './words.ts';

export type SignalVerdict = {
  readonly signal: SignalId;
  readonly state: 'recovered' | 'not-recovered' | 'cannot-tell' | 'never-raised';
  /** The verdict over all waits for this one. */
  readonly isRequired: boolean;
  /** E-values; 1 = nothing known. */
  readonly recovered: number;
  readonly notRecovered: number;
  /** Conversations (csat: ratings) still to come if it really recovered, and how long that takes at the traffic seen. */
  readonly more: number;
  readonly moreMinutes: number | null;
  /** What there is to say, put into words only when asked for: a recording has a look every ten seconds. */
  readonly sentence: () => string;
};

/** All signals of one flip, over what started after the drain. */
export type SignalRecovery = {
  add(increments: readonly SinceFlip[]): void;
  verdicts(nowMs: number): SignalVerdict[];
};

const NAMES = {
  complaints: 'Complaints',
  safety: 'Safety trips',
  downstream: 'Downstream errors',
  csat: 'csat',
};
/** A signal the incident never touched is called fine on this many conversations. */
const ENOUGH_UNRAISED = 60;
const NOTHING: Counts = { conversations: 0, events: 0 };

export function createSignalRecovery(input: StreamVerificationInput, drainedMs: number): SignalRecovery {
  const { baseline, incident, alarmed } = input;
  const started = createStartedCounts(input.reportLagsMs ?? []);
  const passed = new Set<SignalId>();
  const before = new Map(RATES.map((signal) => [signal, before01(baseline, incident, signal)]));
  const csatDropped =
    baseline.scores && incident.scores ? hasDropped(baseline.scores, incident.scores) : null;
  const bets = { slice: scoreBets(input), rest: scoreBets(input) };
  const isAnyRaised = csatDropped === true || RATES.some((signal) => before.get(signal)?.wasRaised === true);
  /** ln of the comparison's e-values; stays at 0 where no slice is known. */
  const compared = new Map(RATES.map((signal) => [signal, { recovered: 0, notRecovered: 0 }]));

  const isRequired = (signal: SignalId, wasRaised: boolean) => {
    if (alarmed.length > 0) return alarmed.includes(signal);
    return isAnyRaised ? wasRaised : true;
  };

  function stateOf(signal: SignalId, proof: { recovered: number; notRecovered: number; wasRaised: boolean }) {
    if (proof.notRecovered >= EVIDENCE_LINE) {
      passed.delete(signal);
      return 'not-recovered';
    }
    if (proof.recovered >= EVIDENCE_LINE) passed.add(signal);
    if (passed.has(signal)) return 'recovered';
    const isFine = !proof.wasRaised && !alarmed.includes(signal) && started.total(armOf()) >= ENOUGH_UNRAISED;
    return isFine ? 'never-raised' : 'cannot-tell';
  }

  /** Those who had the bad version are judged, where they are known. */
  const armOf = (): Arm => (started.total('slice') > 0 ? 'slice' : 'rest');

  function rateVerdict(signal: RateSignal, nowMs: number): SignalVerdict | null {
    const known = before.get(signal);
    if (!known) return missing(signal, alarmed.includes(signal));
    const arm = armOf();
    const since = started.counts(arm, signal, nowMs);
    const proof = known.evidence(since);
    const logs = compared.get(signal);
    const hasRest = arm === 'slice' && started.total('rest') > 0 && proof.wasRaised && logs !== undefined;
    const recovered = hasRest ? bounded(logs.recovered) : proof.recovered;
    const notRecovered = hasRest ? bounded(logs.notRecovered) : proof.notRecovered;
    const state = stateOf(signal, { recovered, notRecovered, wasRaised: proof.wasRaised });
    const line = Math.log(EVIDENCE_LINE);
    const left = Math.max(0, 1 - Math.log(recovered) / line);
    const more = proof.wasRaised
      ? Math.ceil(left * proof.needed)
      : Math.ceil(Math.max(0, ENOUGH_UNRAISED - since.conversations));
    const total = started.total(arm);
    const perMinute = paceOf(total, nowMs);
    const moreMinutes = perMinute === null ? null : more / perMinute;
    const required = isRequired(signal, proof.wasRaised);
    const sentence = () => {
      const rate = signal === 'complaints' ? perThousand : percentOf;
      const counted = `${NAMES[signal]}: ${Math.round(since.events)} in ${total.toLocaleString('en')} conversations since ${clock(drainedMs)}`;
      const isExcluded = proof.wasRaised && proof.belowIncident >= EVIDENCE_LINE;
      const excluded = isExcluded ? ` Already excluded: the incident's ${rate(proof.incident01)}.` : '';
      const isSlow = slowSinceDrain(known.baseline, since) >= EVIDENCE_LINE;
      const slow = isSlow ? ' It comes back more slowly than expected.' : '';
      return {
        recovered: `${counted}, back at the baseline of ${rate(proof.baseline01)}.`,
        'never-raised': `${counted}, never raised, and no sign of it now.`,
        'not-recovered': `${counted}, not back at the baseline of ${rate(proof.baseline01)}.`,
        'cannot-tell':
          `${counted}, evidence of recovery ${recovered.toFixed(1)} of ${EVIDENCE_LINE}; about ${more.toLocaleString('en')} ` +
          `more conversations${waitFor(more, perMinute)}.${excluded}${slow}`,
      }[state];
    };
    return { signal, state, isRequired: required, recovered, notRecovered, more, moreMinutes, sentence };
  }

  function csatVerdict(nowMs: number): SignalVerdict | null {
    const wasAlarmed = alarmed.includes('csat');
    const bet = bets[armOf()];
    if (!bet || csatDropped === null) return wasAlarmed ? missing('csat', true) : null;
    const proof = bet.evidence();
    const wasRaised = csatDropped || wasAlarmed;
    const nothing = { recovered: 1, notRecovered: 1, wasRaised: false };
    const state = stateOf('csat', wasRaised ? { ...proof, wasRaised } : nothing);
    const perMinute = paceOf(proof.ratings, nowMs);
    const more = wasRaised ? proof.moreNeeded : 0;
    const sentence = () => {
      const counted = `csat: ${proof.ratings.toLocaleString('en')} ratings since ${clock(drainedMs)}`;
      return {
        recovered: `${counted}, back above half way to the baseline.`,
        'never-raised': `${counted}, had not dropped.`,
        'not-recovered': `${counted}, still below half way to the baseline.`,
        'cannot-tell':
          `${counted}, evidence of recovery ${proof.recovered.toFixed(1)} of ${EVIDENCE_LINE}; about ` +
          `${more.toLocaleString('en')} more ratings${waitFor(more, perMinute)}.`,
      }[state];
    };
    const moreMinutes = perMinute === null ? null : more / perMinute;
    const required = isRequired('csat', wasRaised);
    const { recovered, notRecovered } = proof;
    return {
      signal: 'csat',
      state,
      isRequired: required,
      recovered,
      notRecovered,
      more,
      moreMinutes,
      sentence,
    };
  }

  function paceOf(count: number, nowMs: number): number | null {
    const minutes = (nowMs - drainedMs) / 60_000;
    return count > 0 && minutes > 0 ? count / minutes : null;
  }

  return {
    add(increments) {
      const counted = increments.filter(({ on, bucketMs }) => on !== 'bad' && bucketMs >= drainedMs);
      for (const { on, ratings } of counted) bets[on === 'slice' ? 'slice' : 'rest']?.add(ratings);
      for (const { signal, block } of started.add(counted)) {
        const ratio = before.get(signal)?.ratio;
        const sum = compared.get(signal);
        if (ratio === undefined || !sum) continue;
        const more = comparisonLogs(block, ratio);
        sum.recovered += more.recovered;
        sum.notRecovered += more.notRecovered;
      }
    },
    verdicts(nowMs) {
      const rates = RATES.map((signal) => rateVerdict(signal, nowMs));
      return [...rates, csatVerdict(nowMs)].filter((verdict) => verdict !== null);
    },
  };
}

/** What is known of a rate from before the flip; null without conversations of both versions. */
function before01(baseline: VersionTotals, incident: VersionTotals, signal: RateSignal) {
  const counts = (totals: VersionTotals): Counts => ({
    conversations: totals.conversations,
    events: Math.min(totals.conversations, totals.events[signal] ?? 0),
  });
  if (baseline.conversations <= 0 || incident.conversations <= 0) return null;
  const known = { baseline: counts(baseline), incident: counts(incident) };
  const evidence = recoveryBetween(known.baseline, known.incident);
  const { baseline01, incident01, wasRaised } = evidence(NOTHING);
  return { ...known, evidence, ratio: incident01 / baseline01, wasRaised };
}

function scoreBets({ baseline, incident }: StreamVerificationInput) {
  return baseline.scores && incident.scores ? createScoreRecovery(baseline.scores, incident.scores) : null;
}

function missing(signal: SignalId, wasAlarmed: boolean): SignalVerdict | null {
  if (!wasAlarmed) return null;
  return {
    signal,
    state: 'cannot-tell',
    isRequired: true,
    recovered: 1,
    notRecovered: 1,
    more: 0,
    moreMinutes: null,
    sentence: () => `${NAMES[signal]}: no figures of both versions from before the flip to compare with.`,
  };
}

function bounded(logValue: number): number {
  return Math.exp(Math.min(690, Math.max(-690, logValue)));
}
