import { useLive, useNowMs } from '#renderer/live/hooks.ts';
import { isWatched } from '#renderer/live/judgement.ts';
import { incidentEvidence, readingOf } from '#renderer/live/stream-evidence.ts';
import {
  cohortTitle,
  countsWords,
  effectWords,
  looksLikeWords,
  onsetWords,
  sigmaWords,
  STREAM_TITLES,
} from '#renderer/parts/certainty/evidence-words.ts';
import { untilWords } from '#renderer/parts/certainty/meter-words.ts';
import { SIGMA_LINES } from '#renderer/parts/certainty/sigma-lines.ts';
import { standingMeaning, standingOf, standingWords } from '#renderer/parts/certainty/standing.ts';
import type { EvidenceReading, MeterReading } from '#shared/model/detection.ts';
import type { SignalComparison } from '#shared/model/signal.ts';
import type { RuleSubject } from './overlays.ts';
import { useRoute } from './router.ts';

/** The figure somebody asked about: what was counted, what it looks like, what may be acted on, and against which lines. */
export function RuleFigure({ subject }: { readonly subject: RuleSubject | null }) {
  const { params } = useRoute();
  const nowMs = useNowMs();
  const incidentId = params.incidentId ?? null;
  const facts = useLive((state) => {
    const incident = incidentId === null ? null : (state.incidents[incidentId] ?? null);
    const shown = subject ?? subjectOf(incident);
    const prompt = shown === null ? null : (state.prompts[shown.promptId] ?? null);
    if (shown === null || shown.signal === null || prompt === null) return null;
    const evidence = incident === null ? prompt.evidence : incidentEvidence(incident, prompt);
    const comparisons = incident === null ? prompt.signals : [...incident.signals, ...prompt.signals];
    return {
      title: prompt.title,
      signal: shown.signal,
      cohort: shown.cohort,
      hasCandidate: isWatched(prompt),
      evidence: readingOf(evidence, shown.signal, shown.cohort),
      comparison: readingOf(comparisons, shown.signal, shown.cohort),
      meter: readingOf(prompt.meter, shown.signal, shown.cohort),
    };
  });
  if (facts === null) return null;
  const { evidence, comparison, meter, hasCandidate } = facts;
  const standing = standingOf({ evidence, comparison, meter, hasCandidate });
  return (
    <section className="fb-rule-figure">
      <h3>
        {STREAM_TITLES[facts.signal]}, {cohortTitle(facts.cohort)}, {facts.title}: {standingWords(standing)}
      </h3>
      <p>{standingMeaning(standing)}</p>
      <dl className="fb-rule-settings">
        {rowsOf(evidence, comparison, meter, nowMs).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function subjectOf(
  incident: {
    readonly promptId: string;
    readonly alarm: { readonly signal: string; readonly cohort: string } | null;
  } | null,
): RuleSubject | null {
  if (incident === null || incident.alarm === null || incident.alarm.signal === 'split') return null;
  const { signal, cohort } = incident.alarm;
  return { promptId: incident.promptId, signal: signal as RuleSubject['signal'], cohort };
}

function rowsOf(
  evidence: EvidenceReading | null,
  comparison: SignalComparison | null,
  meter: MeterReading | null,
  nowMs: number,
): [string, string][] {
  const rows: [string, string | null][] = [
    ['counted', evidence === null ? null : countsWords(evidence)],
    [
      'effect',
      evidence === null ? null : (effectWords(evidence.signal, evidence.effect) ?? 'not measurable yet'),
    ],
    ['looks like', looksLikeWords(comparison)],
    [
      'safe to act on',
      evidence === null
        ? 'not tested yet'
        : `${sigmaWords(evidence.anytimeSigma)}; watch at ${SIGMA_LINES.watch}, page at ${SIGMA_LINES.page}`,
    ],
    [
      'evidence',
      evidence === null
        ? null
        : `${plain(evidence.evidence)}; this stream’s lines: ${plain(evidence.watchLine)} and ${plain(evidence.pageLine)}`,
    ],
    [
      'started',
      evidence === null || evidence.onset === null || evidence.state === 'quiet'
        ? null
        : onsetWords(evidence.onset),
    ],
    [
      'blind until',
      meter === null || meter.blindUntilMs === null || meter.blindUntilMs <= nowMs
        ? null
        : untilWords(meter.blindUntilMs, nowMs),
    ],
    [
      'compared with',
      evidence === null
        ? null
        : evidence.basis === 'comparison'
          ? 'the control, on the same traffic'
          : 'the past, because nothing else runs to compare with: weaker, a shared outage looks the same',
    ],
    ['note', comparison === null || comparison.note === '' ? null : comparison.note],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== null);
}

/** An e-value: few digits, and no pretence of more. */
function plain(evidence: number): string {
  if (evidence >= 1e6) return 'over a million';
  return evidence >= 100 ? Math.round(evidence).toLocaleString('en-US') : evidence.toPrecision(2);
}
