import { useEffect } from 'react';
import { useConnection, useDrillMark, useLive, useNowMs, useOpenIncidents } from '#renderer/live/hooks.ts';
import { judgementOf, type Judgement } from '#renderer/live/judgement.ts';
import { isDrillWindow } from './drill/drill-address.ts';
import { sourceStateNow } from './health-words.ts';
import { windowTitle } from './window-title.ts';

/** Keeps the window's title on the worst state and its age. */
export function useWindowTitle(): void {
  const connection = useConnection();
  const isDrill = useDrillMark() !== null || isDrillWindow();
  const openIncidents = useOpenIncidents();
  const nowMs = useNowMs();
  const judged = useLive((state) => Object.values(state.prompts).map(judgementOf)) ?? [];
  const amount = (...of: Judgement[]) => judged.filter((judgement) => of.includes(judgement)).length;
  const downSources =
    useLive(
      (state) =>
        Object.values(state.sources).filter(
          (source) => sourceStateNow(source, nowMs, state.engine.clockSpeed) === 'failing',
        ).length,
    ) ?? 0;
  const title = windowTitle({
    connection,
    isDrill,
    openIncidents,
    onTrial: judged.length - amount('alone'),
    goodPrompts: amount('good'),
    worsePrompts: amount('maybe', 'worse'),
    downSources,
    nowMs,
  });
  useEffect(() => {
    document.title = title;
  }, [title]);
}
