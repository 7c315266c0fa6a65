import { momentOf } from '#shared/domain/history/moment.ts';
import {
  type HistoryFilter,
  type HistoryGroup,
  historyGroupSchema,
  type HistorySort,
  historySortSchema,
  incidentFactsSchema,
  type ResponseMetric,
  responseMetricSchema,
} from '#shared/model/history.ts';

/** What the page shows, all of it in the address: a link to a filtered table is a link to that table. */
export type HistoryAddress = {
  /** UTC dates as written, '' = open. */
  readonly from: string;
  readonly to: string;
  readonly promptId: string | null;
  readonly team: string | null;
  readonly trigger: HistoryFilter['trigger'];
  readonly lever: HistoryFilter['lever'];
  readonly severity: HistoryFilter['severity'];
  readonly groupBy: HistoryGroup;
  readonly metric: ResponseMetric;
  readonly withMeans: boolean;
  readonly sort: HistorySort;
  readonly isDescending: boolean;
};

export const NO_FILTERS = {
  from: '',
  to: '',
  promptId: null,
  team: null,
  trigger: null,
  lever: null,
  severity: null,
} as const;

export const HOME_ADDRESS: HistoryAddress = {
  ...NO_FILTERS,
  groupBy: 'week',
  metric: 'time-to-rollback',
  withMeans: false,
  sort: 'declared',
  isDescending: true,
};

function oneOf<T extends string>(options: readonly T[], text: string | null): T | null {
  return options.find((option) => option === text) ?? null;
}

const { trigger, lever, severity } = incidentFactsSchema.shape;
export const TRIGGERS = trigger.options;
export const LEVERS = lever.unwrap().options;
export const SEVERITIES = severity.options;

/** Reads the part after `?`; what it does not know is as if it were not there. */
export function readAddress(hash: string): HistoryAddress {
  const at = hash.indexOf('?');
  const search = new URLSearchParams(at === -1 ? '' : hash.slice(at + 1));
  const date = (name: 'from' | 'to') => {
    const text = search.get(name) ?? '';
    return momentOf(text, name) === null ? '' : text;
  };
  return {
    from: date('from'),
    to: date('to'),
    promptId: search.get('prompt') || null,
    team: search.get('team') || null,
    trigger: oneOf(TRIGGERS, search.get('trigger')),
    lever: oneOf(LEVERS, search.get('lever')),
    severity: oneOf(SEVERITIES, search.get('severity')),
    groupBy: oneOf(historyGroupSchema.options, search.get('by')) ?? HOME_ADDRESS.groupBy,
    metric: oneOf(responseMetricSchema.options, search.get('metric')) ?? HOME_ADDRESS.metric,
    withMeans: search.get('means') === '1',
    sort: oneOf(historySortSchema.options, search.get('sort')) ?? HOME_ADDRESS.sort,
    isDescending: search.get('order') !== 'up',
  };
}

/** The hash that leads back to it; what is as usual is left out. */
export function writeAddress(address: HistoryAddress): string {
  const parts: Record<string, string | null> = {
    from: address.from,
    to: address.to,
    prompt: address.promptId,
    team: address.team,
    trigger: address.trigger,
    lever: address.lever,
    severity: address.severity,
    by: address.groupBy === HOME_ADDRESS.groupBy ? null : address.groupBy,
    metric: address.metric === HOME_ADDRESS.metric ? null : address.metric,
    means: address.withMeans ? '1' : null,
    sort: address.sort === HOME_ADDRESS.sort ? null : address.sort,
    order: address.isDescending ? null : 'up',
  };
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parts)) if (value) search.set(name, value);
  const text = search.toString();
  return `#/history${text === '' ? '' : `?${text}`}`;
}

export function filterOf(address: HistoryAddress): HistoryFilter {
  const { from, to, promptId, team, trigger: by, lever: through, severity: of } = address;
  return {
    fromMs: momentOf(from, 'from'),
    toMs: momentOf(to, 'to'),
    promptId,
    team,
    trigger: by,
    lever: through,
    severity: of,
  };
}

export function isFiltered(address: HistoryAddress): boolean {
  return Object.values(filterOf(address)).some((value) => value !== null);
}
