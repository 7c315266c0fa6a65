import {
  IconAlertTriangleFilled,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconEyeOff,
  IconHistory,
  IconPlugConnectedX,
  IconSquareRotatedFilled,
  IconToggleLeft,
  IconToggleRight,
} from '@tabler/icons-react';
import { useOverlays } from '#renderer/app/overlays.ts';
import { hrefTo } from '#renderer/app/routes.ts';
import { useClockSpeed, useNowMs } from '#renderer/live/hooks.ts';
import { isWatched } from '#renderer/live/judgement.ts';
import { readingOf } from '#renderer/live/stream-evidence.ts';
import { Age } from '#renderer/parts/age.tsx';
import { Chip } from '#renderer/parts/chip.tsx';
import { looksLikeWords, sigmaWords } from '#renderer/parts/certainty/evidence-words.ts';
import { meterSummary } from '#renderer/parts/certainty/meter-words.ts';
import { StandingChip } from '#renderer/parts/certainty/standing-chip.tsx';
import { standingOf } from '#renderer/parts/certainty/standing.ts';
import { countFigure, shareFigure, sigmaFigure, signalFigure } from '#renderer/parts/figures.ts';
import { Sparkline } from '#renderer/parts/sparkline.tsx';
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
  const split = prompt.alarms.find((alarm) => alarm.signal === 'split' && alarm.resolvedAtMs === null);
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
      {split !== undefined && (
        <span title={split.sentence}>
          <Chip tone="warn" icon={<IconSquareRotatedFilled size={11} />}>
            not the share set
          </Chip>
        </span>
      )}
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

/** One signal: curve, value, the sigma that may be acted on, and how it stands. */
export function SignalCell({ prompt, signal }: Cell & { readonly signal: SignalId }) {
  const nowMs = useNowMs();
  const staleMs = STALE_SIGNAL_MS * useClockSpeed();
  const openRule = useOverlays((overlays) => overlays.openRule);
  const comparison = prompt.signals.find((entry) => entry.signal === signal) ?? null;
  const evidence = readingOf(prompt.evidence, signal, 'all');
  const standing = standingOf({
    comparison,
    evidence,
    meter: readingOf(prompt.meter, signal, 'all'),
    hasCandidate: isWatched(prompt),
  });
  const chip = (note: string | undefined) => (
    <StandingChip
      standing={standing}
      isShort
      isOutOfTabOrder
      note={note}
      onExplain={() => openRule({ promptId: prompt.id, signal, cohort: 'all' })}
    />
  );
  const isEmpty = comparison?.candidateValue === null && comparison.controlValue === null;
  if (comparison === null || isEmpty) {
    return (
      <div className="fb-cell">
        {chip(comparison?.note ?? (isWatched(prompt) ? 'This signal is not measured.' : undefined))}
      </div>
    );
  }
  const spark = prompt.sparks.find((entry) => entry.signal === signal);
  const value = comparison.candidateValue ?? comparison.controlValue;
  // An old sigma is no sigma: its age stands in its place.
  const isOld = comparison.asOfMs !== null && nowMs - comparison.asOfMs > staleMs;
  const looksLike = looksLikeWords(comparison);
  const figures =
    evidence === null
      ? comparison.note
      : `Safe to act on ${sigmaWords(evidence.anytimeSigma)}${looksLike === null ? '' : `; looks like ${looksLike}`}. ${comparison.note}`;
  return (
    <div className="fb-cell" title={figures}>
      <span className="fb-signal">
        <Sparkline
          control={spark?.control ?? []}
          candidate={spark?.candidate ?? []}
          minSpan={MIN_SPAN[signal]}
          width={56}
        />
        <span
          className="fb-mono fb-signal-value"
          data-of={
            comparison.candidateValue === null || prompt.ownPast?.version === prompt.control
              ? 'control'
              : 'candidate'
          }
        >
          {signalFigure(signal, value)}
        </span>
      </span>
      <span className="fb-cell-sub">
        {chip(figures)}
        {isOld ? (
          <Age atMs={comparison.asOfMs} nowMs={nowMs} intervalMs={staleMs / 2} />
        ) : (
          <span className="fb-num">{sigmaFigure(evidence?.anytimeSigma ?? comparison.sigma)}</span>
        )}
      </span>
    </div>
  );
}

/** Against what a version is watched that has nothing beside it; null where a candidate is compared. */
export function ownPastWords({ ownPast }: PromptStatus): string | null {
  if (!ownPast) return null;
  const back =
    ownPast.previous === null
      ? 'Nothing earlier is known to serve.'
      : `${ownPast.previous} served before it.`;
  return `Nothing runs beside ${ownPast.version}: it is watched against its own past. Weaker evidence, a shared outage looks the same. ${back}`;
}

/** What could be seen: how soon a fourfold rise would page, and for what the prompt is still blind. */
export function MeterCell({ prompt }: Cell) {
  const nowMs = useNowMs();
  const summary = meterSummary(prompt.meter, nowMs);
  if (summary === null) {
    return <span className="fb-faint">{isWatched(prompt) ? 'not known yet' : 'nothing served'}</span>;
  }
  const advice = prompt.meterAdvice[0];
  return (
    <div
      className="fb-cell"
      title={[summary.sentences, ownPastWords(prompt), advice?.text]
        .filter((part) => part !== undefined && part !== null)
        .join('\n')}
    >
      <span className="fb-num">{summary.rise}</span>
      <span className="fb-cell-sub">
        {summary.isBlind ? (
          <Chip tone="unknown" isQuiet icon={<IconEyeOff size={11} />}>
            {summary.blind}
          </Chip>
        ) : prompt.ownPast ? (
          <span className="fb-own-past">
            <IconHistory size={11} aria-hidden /> own past: weaker
          </span>
        ) : (
          summary.blind
        )}
      </span>
    </div>
  );
}

/** Who owns it, and can it be rolled back in a minute? Blocking findings first. */
export function ReadinessCell({ prompt }: Cell) {
  const { ok, findings } = prompt.readiness;
  const blocking = findings.filter((finding) => finding.severity === 'blocking');
  // Of all that is not blocking, the one that is found out in the worst minute.
  const isUnproven = findings.some(({ id }) => id === 'killswitch-not-proven');
  const warnings = findings.length - blocking.length;
  const title = findings.map((finding) => finding.text).join('\n');
  return (
    <div className="fb-cell" title={title}>
      {prompt.owner === null ? (
        <Chip tone="unknown" isQuiet icon={<IconCircleDashed size={11} />}>
          no owner
        </Chip>
      ) : (
        <span className="fb-ellipsis">{prompt.owner}</span>
      )}
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
      {ok && warnings > 0 && (
        <span className="fb-cell-sub">{isUnproven ? 'lever not proven' : `${warnings} to improve`}</span>
      )}
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
