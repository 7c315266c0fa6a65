import {
  IconAlertTriangleFilled,
  IconCircleFilled,
  IconClockExclamation,
  IconHelpCircle,
  IconMinus,
} from '@tabler/icons-react';
import { useClockSpeed, useNowMs, useSources } from '#renderer/live/hooks.ts';
import type { SourceHealth, SourceState } from '#shared/model/source.ts';
import { sourceStateNow, sourceWords } from './health-words.ts';
import { hrefTo } from './routes.ts';
import './source-strip.css';

const ICONS: Record<SourceState, React.ReactNode> = {
  fresh: <IconCircleFilled size={8} aria-hidden />,
  stale: <IconClockExclamation size={13} aria-hidden />,
  failing: <IconAlertTriangleFilled size={12} aria-hidden />,
  throttled: <IconClockExclamation size={13} aria-hidden />,
  never: <IconHelpCircle size={13} aria-hidden />,
  off: <IconMinus size={12} aria-hidden />,
};

/** Every source with its state in words, always in the same place. */
export function SourceStrip() {
  const sources = useSources();
  const nowMs = useNowMs();
  return (
    <section aria-label="Source health" className="fb-health">
      {sources === null && <span className="fb-faint">sources not known yet</span>}
      {sources?.length === 0 && <span className="fb-dim">No source configured: nothing is watched.</span>}
      {sources?.map((source) => (
        <SourceItem key={source.id} source={source} nowMs={nowMs} />
      ))}
    </section>
  );
}

function SourceItem({ source, nowMs }: { readonly source: SourceHealth; readonly nowMs: number }) {
  const clockSpeed = useClockSpeed();
  const state = sourceStateNow(source, nowMs, clockSpeed);
  const latency = source.latencyMs === null ? '' : `, answers in ${Math.round(source.latencyMs)} ms`;
  return (
    <a
      href={hrefTo('connections', { sourceId: source.id })}
      className="fb-health-item"
      data-state={state}
      data-source={source.id}
      title={`${source.title}: ${sourceWords(source, nowMs, clockSpeed)}${latency}${source.lastError === null ? '' : `. ${source.lastError}`}`}
    >
      {ICONS[state]}
      <span>{source.title}</span>
      <span className="fb-num fb-health-words">{sourceWords(source, nowMs, clockSpeed)}</span>
    </a>
  );
}
