import {
  IconAlertTriangle,
  IconBook2,
  IconChartHistogram,
  IconFlame,
  IconLayoutList,
  IconPlugConnected,
} from '@tabler/icons-react';
import { lazy, type ComponentType, type LazyExoticComponent } from 'react';
import type { ViewId } from './routes.ts';

export type ViewEntry = {
  readonly id: ViewId;
  readonly title: string;
  readonly component: LazyExoticComponent<ComponentType>;
};

const loadIncidentView = () => import('#renderer/views/incident/index.tsx');

/** Fetches the incident view ahead of need: it must open at once, also when what serves the page is in trouble by then. */
export function warmIncidentView(): void {
  // Nothing is shown yet, so nothing is said; opening the view tries again.
  loadIncidentView().catch(() => undefined);
}

/** One line per view. A view is loaded when it is first shown. */
export const VIEWS: readonly ViewEntry[] = [
  {
    id: 'board',
    title: 'Board',
    component: lazy(async () => ({ default: (await import('#renderer/views/board/index.tsx')).BoardView })),
  },
  {
    id: 'incidents',
    title: 'Incidents',
    component: lazy(async () => ({
      default: (await import('#renderer/views/incidents/index.tsx')).IncidentsView,
    })),
  },
  {
    id: 'incident',
    title: 'Incident',
    component: lazy(async () => ({ default: (await loadIncidentView()).IncidentView })),
  },
  {
    id: 'gameday',
    title: 'Game day',
    component: lazy(async () => ({
      default: (await import('#renderer/views/gameday/index.tsx')).GameDayView,
    })),
  },
  {
    id: 'debrief',
    title: 'Debrief',
    component: lazy(async () => ({
      default: (await import('#renderer/views/gameday/debrief/index.tsx')).DebriefView,
    })),
  },
  {
    id: 'history',
    title: 'History',
    component: lazy(async () => ({
      default: (await import('#renderer/views/history/index.tsx')).HistoryView,
    })),
  },
  {
    id: 'postmortem',
    title: 'Postmortem',
    component: lazy(async () => ({
      default: (await import('#renderer/views/postmortem/index.tsx')).PostmortemView,
    })),
  },
  {
    id: 'eval',
    title: 'Eval case',
    component: lazy(async () => ({
      default: (await import('#renderer/views/eval-workbench/index.tsx')).EvalWorkbenchView,
    })),
  },
  {
    id: 'wave2',
    title: 'Wave 2',
    component: lazy(async () => ({
      default: (await import('#renderer/views/wave2/index.tsx')).Wave2View,
    })),
  },
  {
    id: 'connections',
    title: 'Connections',
    component: lazy(async () => ({
      default: (await import('#renderer/views/connections/index.tsx')).ConnectionsView,
    })),
  },
];

export type NavEntry = {
  readonly title: string;
  readonly icon: typeof IconFlame;
  /** Null: not in this version, said so. */
  readonly view: ViewId | null;
  readonly keys?: string;
};

/** The navigation, always the same six in the same order. */
export const NAVIGATION: readonly NavEntry[] = [
  { title: 'Board', icon: IconLayoutList, view: 'board', keys: 'g b' },
  { title: 'Incidents', icon: IconAlertTriangle, view: 'incidents', keys: 'g i' },
  { title: 'Game day', icon: IconFlame, view: 'gameday', keys: 'g g' },
  { title: 'History', icon: IconChartHistogram, view: 'history', keys: 'g h' },
  { title: 'Registry', icon: IconBook2, view: null },
  { title: 'Connections', icon: IconPlugConnected, view: 'connections', keys: 'g c' },
];
