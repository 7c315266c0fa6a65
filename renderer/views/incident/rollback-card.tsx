import { IconCheck, IconHelpCircle, IconX } from '@tabler/icons-react';
import { clockLabel, percent } from '#renderer/parts/charts/chart-model.ts';
import type { LeverState } from '#shared/model/prompt.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { Notice, Rollback } from '#shared/model/rollback.ts';
import { isInEffect, isUnderWay } from './incident-facts.ts';
import { Lamps } from './lamps.tsx';
import styles from './act.module.css';
import tones from './tones.module.css';

const HEADLINES: Record<Rollback['state'], (rollback: Rollback) => string> = {
  armed: (rollback) => `Rolling back to ${rollback.toVersion}`,
  'intent-recorded': (rollback) => `Rolling back to ${rollback.toVersion}`,
  sent: (rollback) => `Rolling back to ${rollback.toVersion}: sent`,
  accepted: () => 'Accepted, reading it back',
  unknown: () => 'No answer: checking what the flag says',
  'reading-back': () => 'Checking what the flag says',
  refused: () => 'Refused: nothing was changed',
  'not-in-effect': () => 'Not in effect',
  'changed-by-other': () => 'Someone else changed the flag',
  'in-effect': (rollback) => doneWords(rollback),
  'seen-in-traffic': (rollback) => doneWords(rollback),
};

function doneWords(rollback: Rollback): string {
  if (rollback.undoes !== null) return 'Rollback undone';
  if (rollback.operation.kind === 'set-share') return `Ramp held at ${percent(rollback.operation.share01)}`;
  return `Rolled back to ${rollback.toVersion}`;
}

/** What became of the press: its state in words, and the three lamps. Says so when the lever was changed again since. */
export function RollbackCard(props: { readonly rollback: Rollback; readonly changed: LeverState | null }) {
  const { rollback, changed } = props;
  const isGood = isInEffect(rollback) && changed === null;
  const tone = isGood ? 'ok' : isUnderWay(rollback) ? 'checking' : 'failed';
  return (
    <section className={styles.card} data-tone={tone} data-rollback-state={rollback.state} aria-live="polite">
      <header className={styles.cardHead}>
        {tone === 'ok' && <IconCheck size={18} className={tones.ok} aria-hidden />}
        {tone === 'checking' && <IconHelpCircle size={18} className={tones.unknown} aria-hidden />}
        {tone === 'failed' && <IconX size={18} className={tones.danger} aria-hidden />}
        <div>
          <h3>
            {changed === null ? HEADLINES[rollback.state](rollback) : 'Changed again after the rollback'}
          </h3>
          <p className="fb-dim">
            <span className="fb-mono">{rollback.key}</span> · {rollback.environment} · by {rollback.actor} at{' '}
            {clockLabel(rollback.pressedAtMs, true)}
          </p>
          {changed !== null && <p className={tones.warn}>{changedWords(rollback, changed)}</p>}
          {changed === null && rollback.stateDetail !== '' && (
            <p className={tone === 'failed' ? tones.warn : 'fb-dim'}>{rollback.stateDetail}</p>
          )}
        </div>
      </header>
      <Lamps rollback={rollback} />
    </section>
  );
}

/** What the lever says now, since when, by whom, and what to do. */
function changedWords(rollback: Rollback, lever: LeverState): string {
  const shares = lever.intended.map((share) => `${share.version} ${percent(share.share01)}`).join(', ');
  const when = lever.lastChangedAtMs === null ? '' : ` at ${clockLabel(lever.lastChangedAtMs, true)}`;
  return `It now says ${shares}: changed${when} by ${lever.lastChangedBy ?? 'somebody'}. Ask them, or roll back to ${rollback.toVersion} again.`;
}

const NOTICE_WORDS: Record<Notice['kind'], string> = { post: 'Status line', page: 'Owner page' };

/** What went out with the click, each with its own outcome. */
export function Notices({ notices }: { readonly notices: readonly Notice[] }) {
  if (notices.length === 0) return null;
  return (
    <ul className={styles.notices}>
      {notices.map((notice) => (
        <li
          key={`${notice.kind}:${notice.target}`}
          className={notice.state === 'failed' ? tones.warn : 'fb-dim'}
          data-notice={notice.kind}
        >
          {NOTICE_WORDS[notice.kind]}
          {notice.target !== '' && ` to ${notice.target}`}:{' '}
          {notice.state === 'not-configured' ? 'not configured' : notice.state}
          {notice.state === 'failed' && `, ${notice.detail}`}
        </li>
      ))}
    </ul>
  );
}

/** Facts only, plain text; what is not known says so. UTC first, because it is pasted into a channel. */
export function statusLine(rollback: Rollback, incident: Incident): string {
  const at = new Date(rollback.pressedAtMs);
  const outcome = isInEffect(rollback)
    ? 'read back ok'
    : isUnderWay(rollback)
      ? 'outcome being checked'
      : rollback.state.replaceAll('-', ' ');
  return [
    `${incident.id}: ${rollback.operation.kind === 'serve-control' ? 'killswitch ON' : rollback.operation.kind.replaceAll('-', ' ')}`,
    rollback.key,
    rollback.environment,
    `${rollback.fromVersion ?? 'unknown version'} to ${rollback.toVersion}`,
    `${at.toISOString().slice(11, 19)}Z (${clockLabel(rollback.pressedAtMs)} local)`,
    outcome,
    `by ${rollback.actor}`,
    `op ${rollback.operationId.slice(0, 8)}`,
  ].join(', ');
}
