import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { vi } from 'vitest';
import type { Client } from '#renderer/client/client.ts';
import { ClientProvider } from '#renderer/client/use-client.ts';
import { receiveMessage, showConnection } from '#renderer/live/live-store.ts';
import type {
  DrillMark,
  DrillState,
  DrillSummary,
  ScenarioProblem,
  ScenarioSummary,
} from '#shared/model/drill.ts';
import type { LiveState } from '#shared/model/live.ts';
import type { Person } from '#shared/model/team.ts';
import { BEGIN_MS, drillReport, drillState, scenarioSummary } from './fixture.ts';
import { GameDayView } from './index.tsx';

const SCENARIOS = [
  scenarioSummary(),
  scenarioSummary({ id: 'stale-workers', kind: 'leak', leak: 5, title: 'Half the workers are stale' }),
  scenarioSummary({ id: 'noise', kind: 'quiet', title: 'Only noise' }),
];

/** For tests of this folder: a client that answers from the fixture. */
export function fakeClient(over: { scenarios?: ScenarioSummary[]; reports?: DrillSummary[] } = {}) {
  const state = vi.fn(async () => drillState());
  return {
    drill: {
      scenarios: vi.fn(async () => over.scenarios ?? SCENARIOS),
      scenarioProblems: vi.fn(async (): Promise<ScenarioProblem[]> => []),
      reports: vi.fn(async () => over.reports ?? []),
      prepare: vi.fn(async (_wish: object) => drillState({ phase: 'preparing' })),
      begin: state,
      setSpeed: vi.fn(async (_wish: object) => drillState()),
      inject: vi.fn(async (_wish: object) => drillState()),
      withdraw: vi.fn(async (_wish: object) => drillState()),
      hint: vi.fn(async (_wish: object) => drillState()),
      finish: vi.fn(async () => drillReport()),
      abort: vi.fn(async (_wish: object) => drillReport({ outcome: 'aborted' })),
      openBundle: vi.fn(async (_wish: object) => scenarioSummary({ id: 'kept', source: 'recorded' })),
      record: vi.fn(async (_wish: object) => ({
        scenario: scenarioSummary({ id: 'kept', title: 'Recorded one', source: 'recorded' }),
        fileName: 'kept.json',
        text: '{}',
      })),
    },
    incident: {
      list: vi.fn(async () => [{ id: 'INC-20260509-1', promptTitle: 'Support', status: 'closed' }]),
    },
  };
}

/** The view with this drill under way, to this person. */
export function show(
  client: ReturnType<typeof fakeClient>,
  drill: DrillState | null,
  mark: DrillMark | null = null,
  person?: Person,
) {
  push(drill, mark, person);
  showConnection({ name: 'live' });
  render(
    <MantineProvider forceColorScheme="dark">
      <ClientProvider value={client as unknown as Client}>
        <GameDayView />
      </ClientProvider>
    </MantineProvider>,
  );
}

function push(drill: DrillState | null, mark: DrillMark | null = null, person?: Person) {
  const state = {
    engine: { clockSpeed: 1, startedAtMs: 0, drill: mark, person },
    prompts: { support: { id: 'support', title: 'Support agent', openIncidentId: null } },
    incidents: {},
    sources: {},
    dataUpToMs: null,
    drill,
  } as unknown as LiveState;
  receiveMessage({ type: 'snapshot', seq: 1, nowMs: BEGIN_MS, state }, performance.now());
}

export const button = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>('button', { name });
