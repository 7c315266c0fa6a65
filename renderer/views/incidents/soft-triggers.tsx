import { IconSquareRotatedFilled } from '@tabler/icons-react';
import { hrefTo } from '#renderer/app/routes.ts';
import { useNowMs, usePrompts } from '#renderer/live/hooks.ts';
import { ageWords } from '#renderer/parts/age-words.ts';
import { Chip } from '#renderer/parts/chip.tsx';
import { TimeStamp } from '#renderer/parts/time-stamp.tsx';
import type { Alarm } from '#shared/model/detection.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';

type SoftTrigger = { readonly prompt: PromptStatus; readonly alarm: Alarm };

/** WATCH lines that stand, of prompts without an open incident: worse and not yet certain. Newest first; one per prompt and signal. */
export function softTriggersOf(prompts: readonly PromptStatus[]): SoftTrigger[] {
  return prompts
    .filter(({ openIncidentId }) => openIncidentId === null)
    .flatMap((prompt) => {
      const standing = prompt.alarms.filter(
        (alarm) => alarm.class === 'watch' && alarm.signal !== 'split' && alarm.resolvedAtMs === null,
      );
      const bySignal = Map.groupBy(standing, ({ signal }) => signal);
      return [...bySignal.values()].flatMap(([alarm]) => (alarm ? [{ prompt, alarm }] : []));
    })
    .toSorted((a, b) => b.alarm.atMs - a.alarm.atMs);
}

/** Soft triggers: what is on its way to an incident, or will fade. They open none and page nobody. */
export function SoftTriggers() {
  const prompts = usePrompts() ?? [];
  const nowMs = useNowMs();
  const triggers = softTriggersOf(prompts);
  if (triggers.length === 0) return null;
  return (
    <section aria-label="Soft triggers" className="fb-panel fb-soft-triggers">
      <h2 className="fb-label">Soft triggers: worse, confirming; nobody is paged</h2>
      <ul className="fb-lines">
        {triggers.map(({ prompt, alarm }) => (
          <li key={`${prompt.id}:${alarm.signal}:${alarm.atMs}`}>
            <Chip tone="warn" icon={<IconSquareRotatedFilled size={11} />}>
              soft trigger
            </Chip>{' '}
            <a href={hrefTo('board', { promptId: prompt.id })}>{prompt.title}</a>{' '}
            <span className="fb-dim">
              {ageWords(nowMs - alarm.atMs)} ago, <TimeStamp atMs={alarm.atMs} />
            </span>{' '}
            {alarm.sentence}
          </li>
        ))}
      </ul>
    </section>
  );
}
