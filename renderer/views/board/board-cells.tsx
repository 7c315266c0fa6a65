import {
  IconAlertTriangleFilled,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconPlugConnectedX,
  IconToggleLeft,
  IconToggleRight,
} from '@tabler/icons-react';
import { hrefTo } from '#renderer/app/routes.ts';
import { useClockSpeed, useNowMs } from '#renderer/live/hooks.ts';
import { Age } from '#renderer/parts/age.tsx';
import { Chip } from '#renderer/parts/chip.tsx';
import { countFigure, shareFigure, sigmaFigure, signalFigure } from '#renderer/parts/figures.ts';
import { Sparkline } from '#renderer/parts/sparkline.tsx';
import { VerdictChip } from '#renderer/parts/verdict-chip.tsx';
import type { PromptStatus } from '#shared/model/prompt.ts';
import type { SignalId } from '#shared/model/signal.ts';
import { leverWords, type LeverWords } from './lever-words.ts';

type Cell = { readonly prompt: PromptStatus };

/** Traffic is looked at every few seconds of real time; twice this without a conversation is said. */
const QUIET_MS = 10_000;
/** A comparison older than this says so. */
const STALE_SIGNAL_MS = 60_000;

export function PromptCell({ prompt }: Cell) {
  return (
    <div className="fb-cell">
      <a href={hrefTo('board', { promptId: prompt.id })} className="fb-board-name fb-ellipsis">
        {prompt.title}
      </a>
      <span className="fb-cell-sub fb-ellipsis">{prompt.service}</span>
    </div>
  );
}

export function OwnerCell({ prompt }: Cell) {
  return (
    <div className="fb-cell">
      {prompt.owner === null ? (
        <Chip tone="unknown" isQuiet icon={<IconCircleDashed size={11} />}>
          no owner
        </Chip>
      ) : (
        <span className="fb-ellipsis">{prompt.owner}</span>
      )}
    </div>
  );
}

/** Live version and share, and how much traffic that rests on. */
export function ServingCell({ prompt }: Cell) {
  const nowMs = useNowMs();
  const clockSpeed = useClockSpeed();
  if (prompt.serving.length === 0) {
    return (
      <div className="fb-cell">
        <Chip tone="unknown" isQuiet icon={<IconCircleDashed size={11} />}>
          no traffic seen
        </Chip>
        <span className="fb-cell-sub">
          <Age atMs={prompt.lastSeenMs} nowMs={nowMs} what="last" />
        </span>
      </div>
    );
  }
  const intervalMs = QUIET_MS * clockSpeed;
  const isQuiet = prompt.lastSeenMs !== null && nowMs - prompt.lastSeenMs > 2 * intervalMs;
  const [first, second] = prompt.serving.toSorted((a, b) => b.share01 - a.share01);
  return (
    <div className="fb-cell">
      <span className="fb-serving">
        {[first, second].map(
          (share) =>
            share !== undefined && (
              <span key={share.version} className="fb-serving-one" data-role={roleOf(prompt, share.version)}>
                <span className="fb-mono">{share.version}</span> {shareFigure(share.share01)}
              </span>
            ),
        )}
      </span>
      <span className="fb-cell-sub">
        <ShareBar prompt={prompt} />
        {isQuiet ? (
          <Age atMs={prompt.lastSeenMs} nowMs={nowMs} intervalMs={intervalMs} what="last" />
        ) : (
          prompt.conversationsPerHour !== null && (
            <span className="fb-num">{countFigure(prompt.conversationsPerHour)}/h</span>
          )
        )}
      </span>
    </div>
  );
}

function roleOf(prompt: PromptStatus, version: string): 'control' | 'candidate' | 'other' {
  if (version === prompt.control) return 'control';
  return version === prompt.candidate ? 'candidate' : 'other';
}

function ShareBar({ prompt }: Cell) {
  return (
    <span className="fb-sharebar" aria-hidden>
      {prompt.serving.map((share) => (
        <span
          key={share.version}
          data-role={roleOf(prompt, share.version)}
          // A share too small to see is drawn as one visible sliver.
          style={{ flexGrow: Math.max(share.share01, 0.03) }}
        />
      ))}
    </span>
  );
}

const LEVER_ICONS: Record<LeverWords['state'], React.ReactNode> = {
  on: <IconToggleRight size={15} aria-hidden />,
  off: <IconToggleLeft size={15} aria-hidden />,
  label: <IconToggleRight size={15} aria-hidden />,
  error: <IconPlugConnectedX size={14} aria-hidden />,
  none: <IconCircleX size={14} aria-hidden />,
  unread: <IconCircleDashed size={14} aria-hidden />,
};

export function LeverCell({ prompt }: Cell) {
  const words = leverWords(prompt);
  return (
    <div className="fb-cell fb-lever" data-lever={words.state} title={words.detail}>
      <span className="fb-lever-title">
        {LEVER_ICONS[words.state]}
        {words.title}
      </span>
      <span className="fb-cell-sub fb-ellipsis">{words.detail}</span>
    </div>
  );
}

/** Smaller moves than these are not worth a hill in a sparkline (display units of each signal). */
const MIN_SPAN: Record<SignalId, number> = { complaints: 8, csat: 6, safety: 0.3, downstream: 0.5 };

/** One signal: curve, value, sigma, and how it may be read. */
export function SignalCell({ prompt, signal }: Cell & { readonly signal: SignalId }) {
  const nowMs = useNowMs();
  const staleMs = STALE_SIGNAL_MS * useClockSpeed();
  const comparison = prompt.signals.find((entry) => entry.signal === signal);
  const spark = prompt.sparks.find((entry) => entry.signal === signal);
  if (comparison === undefined || comparison.verdict === 'unknown') {
    return (
      <div className="fb-cell">
        <VerdictChip
          verdict="unknown"
          isShort
          title={comparison?.note ?? 'This signal is not measured for this prompt.'}
        />
      </div>
    );
  }
  const value = comparison.candidateValue ?? comparison.controlValue;
  // An old sigma is no sigma: its age stands in its place.
  const isOld = comparison.asOfMs !== null && nowMs - comparison.asOfMs > staleMs;
  return (
    <div className="fb-cell" title={comparison.note}>
      <span className="fb-signal">
        <Sparkline
          control={spark?.control ?? []}
          candidate={spark?.candidate ?? []}
          minSpan={MIN_SPAN[signal]}
          width={56}
        />
        <span
          className="fb-mono fb-signal-value"
          data-of={comparison.candidateValue === null ? 'control' : 'candidate'}
        >
          {signalFigure(signal, value)}
        </span>
      </span>
      <span className="fb-cell-sub">
        <VerdictChip verdict={comparison.verdict} isShort />
        {isOld ? (
          <Age atMs={comparison.asOfMs} nowMs={nowMs} intervalMs={staleMs / 2} />
        ) : (
          <span className="fb-num">{sigmaFigure(comparison.sigma)}</span>
        )}
      </span>
    </div>
  );
}

/** Can this prompt be rolled back in a minute? Blocking findings first. */
export function ReadinessCell({ prompt }: Cell) {
  const { ok, findings } = prompt.readiness;
  const blocking = findings.filter((finding) => finding.severity === 'blocking');
  const warnings = findings.length - blocking.length;
  const title = findings.map((finding) => finding.text).join('\n');
  return (
    <div className="fb-cell" title={title}>
      {ok && (
        <Chip tone="ok" isQuiet icon={<IconCircleCheck size={11} />}>
          ready
        </Chip>
      )}
      {!ok && (
        <Chip tone="warn" isQuiet icon={<IconAlertTriangleFilled size={11} />}>
          {blocking.length > 0 ? `${blocking.length} blocking` : 'not ready'}
        </Chip>
      )}
      {warnings > 0 && <span className="fb-cell-sub">{warnings} to improve</span>}
    </div>
  );
}

export function IncidentCell({ prompt }: Cell) {
  if (prompt.openIncidentId === null) return <span className="fb-faint">none</span>;
  return (
    <a href={hrefTo('incident', { incidentId: prompt.openIncidentId })} className="fb-incident-link fb-mono">
      <IconAlertTriangleFilled size={12} aria-hidden />
      {prompt.openIncidentId}
    </a>
  );
}
