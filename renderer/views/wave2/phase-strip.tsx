import { IconAlertTriangle, IconCheck, IconCircleDashed, IconClock } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useNowMs } from '#renderer/live/hooks.ts';
import { clockWords } from '#renderer/parts/age-words.ts';
import { Chip, type ChipTone } from '#renderer/parts/chip.tsx';
import type { Wave2Phase } from '#shared/domain/wave2/clock.ts';
import { progressOf } from '#shared/domain/wave2/playbooks.ts';
import type { Incident } from '#shared/model/incident.ts';
import { momentWords } from './words.ts';
import styles from './wave2.module.css';

const LOOKS: Readonly<
  Record<Wave2Phase, { readonly word: string; readonly tone: ChipTone; readonly icon: ReactNode }>
> = {
  none: { word: 'none', tone: 'plain', icon: <IconCircleDashed size={13} /> },
  suspected: { word: 'suspected', tone: 'warn', icon: <IconAlertTriangle size={13} /> },
  open: { word: 'open', tone: 'warn', icon: <IconClock size={13} /> },
  ended: { word: 'over', tone: 'ok', icon: <IconCheck size={13} /> },
};

/** Where the incident stands with its second wave, its clock, and why. */
export function PhaseStrip({ incident, phase }: { readonly incident: Incident; readonly phase: Wave2Phase }) {
  const nowMs = useNowMs();
  const { word, tone, icon } = LOOKS[phase];
  const life = incident.wave2?.life ?? null;
  const progress = incident.wave2 ? progressOf(incident.wave2) : null;
  return (
    <section className={styles.strip} data-phase={phase} aria-label="State of wave 2">
      <Chip tone={tone} icon={icon}>
        {word}
      </Chip>
      {life !== null && (
        <span
          className={`fb-mono ${styles.clock}`}
          aria-label={life.end === null ? 'open for' : 'was open for'}
        >
          {clockWords((life.end?.atMs ?? nowMs) - life.openedAtMs)}
        </span>
      )}
      <div className={styles.stripText}>
        <p role={phase === 'suspected' ? 'alert' : undefined}>{sentenceOf(incident, phase)}</p>
        {life !== null && (
          <p className="fb-dim">
            {life.openedHow === 'person' ? `opened by hand by ${life.openedBy}` : 'opened by the checks'}{' '}
            {momentWords(life.openedAtMs)}
            {life.end !== null &&
              `, ended ${life.end.how === 'person' ? `by hand by ${life.end.by}` : 'by the checks'} ${momentWords(life.end.atMs)}`}
            {life.earlier.length > 0 &&
              `; over and back ${life.earlier.length === 1 ? 'once' : `${life.earlier.length} times`} before`}
          </p>
        )}
      </div>
      {progress !== null && progress.total > 0 && (
        <span className={styles.progress}>
          <span className="fb-mono">
            {progress.finished} of {progress.total}
          </span>{' '}
          <span className="fb-dim">steps finished</span>
        </span>
      )}
    </section>
  );
}

function sentenceOf({ wave2, verification }: Incident, phase: Wave2Phase): string {
  switch (phase) {
    case 'none':
      return verification === null
        ? 'No second wave. The checks look for one once the bad version is gone from traffic.'
        : 'No second wave is suspected: downstream errors do not outlive the bad version, as far as the checks can tell.';
    case 'suspected':
      return verification?.wave2.sentence ?? '';
    case 'open':
      return wave2?.life.reason ?? '';
    case 'ended':
      return wave2?.life.end?.reason ?? '';
  }
}
