import { IconHelpCircle, IconTargetArrow } from '@tabler/icons-react';
import { clockLabel } from '#renderer/parts/charts/chart-model.ts';
import type { Culprit, Suspect } from '#shared/model/detection.ts';
import styles from './culprit.module.css';
import tones from './tones.module.css';

const SUSPECT_KINDS: Record<Suspect['kind'], string> = {
  'prompt-version': 'version',
  flag: 'flag',
  label: 'label',
  model: 'model',
  retrieval: 'retrieval',
  deploy: 'deploy',
  provider: 'provider',
  other: 'other',
};

/** Who most likely did it, in one line above everything; or that nobody's change explains it. */
export function CulpritLine({ culprit, onShow }: { readonly culprit: Culprit; readonly onShow: () => void }) {
  const amount = culprit.suspects.length;
  return (
    <p className={styles.line} data-unexplained={culprit.isUnexplained || undefined}>
      {culprit.isUnexplained ? (
        <IconHelpCircle size={14} aria-hidden />
      ) : (
        <IconTargetArrow size={14} aria-hidden />
      )}
      <span className={styles.lineText} title={culprit.sentence}>
        {culprit.sentence}
      </span>
      {amount > 0 && (
        <button type="button" className={styles.more} onClick={onShow}>
          {amount === 1 ? 'the reason' : `${amount} suspects`}
        </button>
      )}
    </p>
  );
}

/** The reason without what stands above it already. */
function reasonAfter({ what, reason }: Suspect): string {
  return reason.startsWith(what) ? reason.slice(what.length).trim() : reason;
}

/** Everything that changed and may explain it, likeliest first, each with its reason. A ranking, not a probability of guilt. */
export function Suspects({ culprit }: { readonly culprit: Culprit }) {
  if (culprit.suspects.length === 0) return null;
  return (
    <ol className={styles.suspects} aria-label="Suspects, likeliest first">
      {culprit.suspects.map((suspect, index) => (
        <li key={`${suspect.atMs}:${suspect.what}`} className={styles.suspect}>
          <span className="fb-mono fb-dim">{index + 1}</span>
          <time className="fb-mono fb-dim" dateTime={new Date(suspect.atMs).toISOString()}>
            {clockLabel(suspect.atMs, true)}
          </time>
          <span className="fb-faint">{SUSPECT_KINDS[suspect.kind]}</span>
          <span>
            <strong className={index === 0 && !culprit.isUnexplained ? tones.accent : undefined}>
              {suspect.what}
            </strong>
            {suspect.by !== null && <span className="fb-dim"> by {suspect.by}</span>}
            <span className={styles.reason}>{reasonAfter(suspect)}</span>
          </span>
          <meter
            className={styles.weight}
            min={0}
            max={1}
            value={suspect.weight01}
            aria-label={`Weight of suspect ${index + 1}`}
            title="Ranking by time, share and effect; not a probability of guilt"
          />
        </li>
      ))}
    </ol>
  );
}
