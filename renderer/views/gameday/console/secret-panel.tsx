import { IconEyeOff } from '@tabler/icons-react';
import { Chip } from '#renderer/parts/chip.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { spanWords } from '#shared/domain/history/words.ts';
import type { DrillState } from '#shared/model/drill.ts';
import { drillClock } from '../words.ts';

/** What the participants are never told: purpose, onset, seed. */
export function SecretPanel({ drill, nowMs }: { readonly drill: DrillState; readonly nowMs: number }) {
  return (
    <Panel
      title="For you alone"
      aside={
        <Chip tone="unknown" icon={<IconEyeOff size={12} />}>
          hidden from participants
        </Chip>
      }
    >
      <p>{drill.purpose}</p>
      <dl className="fb-facts">
        <div>
          <dt>onset</dt>
          <dd>{onsetWords(drill, nowMs)}</dd>
        </div>
        <div>
          <dt>players</dt>
          <dd>{drill.participants.length === 0 ? 'not named' : drill.participants.join(', ')}</dd>
        </div>
        <div>
          <dt>seed</dt>
          <dd className="fb-mono">{drill.seed}</dd>
        </div>
        <div>
          <dt>drill</dt>
          <dd className="fb-mono">{drill.drillId}</dd>
        </div>
      </dl>
    </Panel>
  );
}

function onsetWords({ onsetMs, beginMs, phase }: DrillState, nowMs: number): string {
  if (phase === 'briefing') return 'drawn by the seed, counted from the moment you begin';
  if (onsetMs === null) return 'none: nothing goes wrong in this drill';
  const at = drillClock(onsetMs, beginMs);
  return nowMs < onsetMs
    ? `at ${at}, in ${spanWords(onsetMs - nowMs)}`
    : `at ${at}, ${spanWords(nowMs - onsetMs)} ago`;
}
