import { useSyncExternalStore } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { ConnectionState } from '#renderer/client/connection-machine.ts';
import type { DrillMark, DrillState } from '#shared/model/drill.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { EngineInfo, LiveState } from '#shared/model/live.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import type { SourceHealth } from '#shared/model/source.ts';
import { currentEngineNowMs, useLiveStore } from './live-store.ts';
import { createTicker } from './now-ticker.ts';

/** Any part of the pushed state; null before the first snapshot. Compared shallowly. */
export function useLive<T>(selector: (state: LiveState) => T): T | null {
  return useLiveStore(useShallow(({ feed }) => (feed.state === null ? null : selector(feed.state))));
}

/** Every prompt, worst first: open incident, then by title. */
export function usePrompts(): readonly PromptStatus[] | null {
  return useLive((state) =>
    Object.values(state.prompts).toSorted(
      (a, b) =>
        Number(b.openIncidentId !== null) - Number(a.openIncidentId !== null) ||
        a.title.localeCompare(b.title),
    ),
  );
}

export function usePrompt(promptId: string | null): PromptStatus | null {
  return useLive((state) => (promptId === null ? null : (state.prompts[promptId] ?? null)));
}

/** An incident the feed knows (open, or closed since the page connected); null otherwise. */
export function useIncident(incidentId: string | null): Incident | null {
  return useLive((state) => (incidentId === null ? null : (state.incidents[incidentId] ?? null)));
}

/** Open incidents, the most severe and then the oldest first. */
export function useOpenIncidents(): readonly Incident[] {
  return useLive(openIncidentsOf) ?? NONE;
}
const NONE: readonly Incident[] = [];

export function openIncidentsOf(state: LiveState): Incident[] {
  return Object.values(state.incidents)
    .filter((incident) => incident.status === 'open')
    .toSorted((a, b) => a.severity.localeCompare(b.severity) || a.declaredAtMs - b.declaredAtMs);
}

/** Every configured source, in the workspace's order. */
export function useSources(): readonly SourceHealth[] | null {
  return useLive((state) => Object.values(state.sources));
}

export function useEngine(): EngineInfo | null {
  return useLive((state) => state.engine);
}

/** The drill under way, as its facilitator sees it; null without one, and always null in the world of a drill. */
export function useDrill(): DrillState | null {
  return useLive((state) => state.drill);
}

/** Non-null in the world of a drill: what everything on the page is marked with. */
export function useDrillMark(): DrillMark | null {
  return useLive((state) => state.engine.drill) ?? null;
}

/**
 * Speed of the engine's clock against the wall clock. Limits on ages that stand for real delays (a feed, a network) are
 * multiplied by it: at 10x, ten seconds on the engine's clock are one of waiting. A clock that stands still counts as 1.
 */
export function useClockSpeed(): number {
  return Math.max(1, useLive((state) => state.engine.clockSpeed) ?? 1);
}

/** Event time up to which telemetry is complete enough to draw; pull series again when it moves. */
export function useDataUpToMs(): number | null {
  return useLive((state) => state.dataUpToMs);
}

export function useConnection(): ConnectionState {
  return useLiveStore((store) => store.connection);
}

const ticker = createTicker(currentEngineNowMs);

/** The ENGINE's clock (10x in a fast demonstration), moving every second even when no message comes. */
export function useNowMs(): number {
  return useSyncExternalStore(ticker.subscribe, ticker.value);
}
