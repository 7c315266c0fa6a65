import { IconAlertTriangleFilled, IconInfoCircle, IconSquareRotatedFilled } from '@tabler/icons-react';
import { useOverlays } from '#renderer/app/overlays.ts';
import { isWatched } from '#renderer/live/judgement.ts';
import { readingOf } from '#renderer/live/stream-evidence.ts';
import {
  countsWords,
  effectWords,
  looksLikeWords,
  onsetWords,
  sigmaWords,
} from '#renderer/parts/certainty/evidence-words.ts';
import { StandingChip } from '#renderer/parts/certainty/standing-chip.tsx';
import { standingOf } from '#renderer/parts/certainty/standing.ts';
import { clockLabel } from '#renderer/parts/charts/chart-model.ts';
import { signalFigure } from '#renderer/parts/figures.ts';
import type { EvidenceReading } from '#shared/model/detection.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import { SIGNALS, type SignalComparison } from '#shared/model/signal.ts';
import { ownPastWords } from './board-cells.tsx';

/** The four signals of one prompt with both of their sigmas, and what has alarmed or is worth knowing. */
export function DetailSignals({ prompt }: { readonly prompt: PromptStatus }) {
  const openRule = useOverlays((overlays) => overlays.openRule);
  return (
    <section aria-label="Signals">
      <h3 className="fb-label">Signals</h3>
      {prompt.ownPast && <p className="fb-dim">{ownPastWords(prompt)}</p>}
      {!isWatched(prompt) && (
        <p className="fb-dim">
          No candidate is on trial and {prompt.control} is not served: there is nothing to watch.
        </p>
      )}
      {isWatched(prompt) && prompt.signals.length === 0 && (
        <p className="fb-dim">No signal is measured for this prompt.</p>
      )}
      <AlarmLines prompt={prompt} />
      <ul className="fb-lines">
        {prompt.signals.map((comparison) => {
          const evidence = readingOf(prompt.evidence, comparison.signal, comparison.cohort);
          const standing = standingOf({
            comparison,
            evidence,
            meter: readingOf(prompt.meter, comparison.signal, comparison.cohort),
            hasCandidate: isWatched(prompt),
          });
          return (
            <li key={comparison.signal}>
              <span className="fb-row fb-detail-signal">
                <strong>{SIGNALS[comparison.signal].title}</strong>
                <StandingChip
                  standing={standing}
                  onExplain={() =>
                    openRule({ promptId: prompt.id, signal: comparison.signal, cohort: comparison.cohort })
                  }
                />
              </span>
              <span className="fb-dim">{figures(comparison, evidence)}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function AlarmLines({ prompt }: { readonly prompt: PromptStatus }) {
  const standing = prompt.alarms.filter((alarm) => alarm.resolvedAtMs === null).slice(0, 4);
  const notices = prompt.notices.slice(0, 3);
  if (standing.length === 0 && notices.length === 0) return null;
  return (
    <ul className="fb-lines fb-detail-alarms">
      {standing.map((alarm) => (
        <li key={`${alarm.atMs}:${alarm.signal}:${alarm.cohort}`} data-class={alarm.class}>
          {alarm.class === 'page' ? (
            <IconAlertTriangleFilled size={13} aria-hidden />
          ) : (
            <IconSquareRotatedFilled size={13} aria-hidden />
          )}{' '}
          <span className="fb-num">{clockLabel(alarm.atMs)}</span> {alarm.sentence}
        </li>
      ))}
      {notices.map((notice) => (
        <li key={`${notice.atMs}:${notice.sentence}`} data-class="notice">
          <IconInfoCircle size={13} aria-hidden /> <span className="fb-num">{clockLabel(notice.atMs)}</span>{' '}
          {notice.sentence}
        </li>
      ))}
    </ul>
  );
}

/** A note as a sentence: capital, full stop. */
function sentence(note: string): string | null {
  if (note === '') return null;
  return `${note.charAt(0).toUpperCase()}${note.slice(1).replace(/\.$/, '')}.`;
}

/** Values, effect, both sigmas, beginning: what is known, and nothing in the place of what is not. */
function figures(comparison: SignalComparison, evidence: EvidenceReading | null): string {
  const looksLike = looksLikeWords(comparison);
  const effect = evidence === null ? null : effectWords(comparison.signal, evidence.effect);
  const hasArms = comparison.candidateValue !== null;
  return [
    hasArms
      ? `${signalFigure(comparison.signal, comparison.candidateValue)} against ${signalFigure(comparison.signal, comparison.controlValue)}${evidence === null ? '' : ` (${countsWords(evidence)})`}.`
      : null,
    effect === null ? null : `${effect}.`,
    looksLike === null ? null : `Looks like ${looksLike}.`,
    evidence === null ? null : `Safe to act on ${sigmaWords(evidence.anytimeSigma)}.`,
    evidence === null || evidence.onset === null || evidence.state === 'quiet'
      ? null
      : `Started ${onsetWords(evidence.onset)}.`,
    evidence?.basis === 'history' ? 'Against the past, not against a control: weaker evidence.' : null,
    // Of a signal that is worse the note says the same again.
    evidence === null || evidence.state === 'quiet' ? sentence(comparison.note) : null,
  ]
    .filter((part) => part !== null)
    .join(' ');
}
