import { randomUUID } from 'node:crypto';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { HistoryPage, HistorySummary } from '#shared/model/history.ts';
import type { Incident } from '#shared/model/incident.ts';
import { startCockpit } from '../support/cockpit.ts';
import { missingPostgresReason } from '../support/servers/postgres.ts';
import {
  atMost,
  type BenchItem,
  type Measure,
  median,
  quantile,
  type Scale,
  shown,
  timed,
} from './bench-item.ts';
import { benchWorkspace } from './bench-workspace.ts';
import { benchCalls, engineFile, memoryMb } from './engine-access.ts';
import { METRIC_COLUMNS } from '../support/history-fill.ts';
import { type BenchStore, postgresStore, sqliteStore } from './history-stores.ts';

const DAY_MS = 24 * 3600_000;
const PAGE_ROWS = 200;
/** As in ordinary traffic (item `memory`): looking back must not cost more. */
const WORKING_MB = 700;

type Limits = { readonly all: number; readonly quarter: number; readonly page: number };
const LIMITS: Readonly<Record<'sqlite' | 'postgres', Limits>> = {
  sqlite: { all: 1, quarter: 1.2, page: 1.2 },
  // PostgreSQL counts where the rows lie; here they come over a socket first.
  postgres: { all: 4, quarter: 4, page: 1.5 },
};

type HistoryCalls = {
  engine: { info: () => Promise<unknown> };
  incident: { get: (query: { incidentId: string }) => Promise<Incident> };
  history: {
    summary: (query: { filter?: { fromMs: number }; groupBy: 'week' }) => Promise<HistorySummary>;
    incidents: (query: { sort: 'total'; offset: number; limit: number }) => Promise<HistoryPage>;
  };
};

function historyCalls(dataDir: string): HistoryCalls {
  const { origin, token } = engineFile(dataDir);
  const link = new RPCLink({ url: `${origin}/rpc`, headers: { 'x-fusebox-token': token, origin } });
  const client: unknown = createORPCClient(link);
  return client as HistoryCalls;
}

/** Both stores, one after the other. Without a PostgreSQL on the machine, the file alone, and said so. */
async function run(scale: Scale): Promise<Measure[]> {
  const inFile = await runOn(sqliteStore(), scale, LIMITS.sqlite);
  const missing = await missingPostgresReason();
  if (missing !== undefined) {
    scale.say(`PostgreSQL is left out: ${missing}`);
    return inFile;
  }
  return [...inFile, ...(await runOn(await postgresStore(), scale, LIMITS.postgres))];
}

async function runOn(store: BenchStore, { isQuick, say }: Scale, limits: Limits): Promise<Measure[]> {
  const count = isQuick ? 2_000 : 100_000;
  const rounds = isQuick ? 3 : 15;
  const cockpit = await startCockpit({
    workspace: { ...benchWorkspace({ promptIds: ['support'] }), ...store.workspace },
    env: store.env,
  });
  try {
    await benchCalls(cockpit.dataDir).incident.declare({
      operationId: randomUUID(),
      promptId: 'support',
      reason: 'the model of all the others',
    });
    const empty = memoryMb(engineFile(cockpit.dataDir).pid).nowMb;
    await cockpit.crash();
    say(
      `${store.title}: writing ${count.toLocaleString('en')} incidents and ${(20 * count).toLocaleString('en')} timeline lines`,
    );
    const endMs = Date.now() - DAY_MS;
    await store.fill(cockpit.dataDir, { count, events: 20, endMs });
    const started = await timed(() => cockpit.restart());
    const calls = historyCalls(cockpit.dataDir);
    const bare = await store.bare(cockpit.dataDir);

    const quarterMs = endMs - 91 * DAY_MS;
    const deep = count - PAGE_ROWS;
    const asked = {
      all: { ours: [] as number[], bare: [] as number[] },
      quarter: { ours: [] as number[], bare: [] as number[] },
      page: { ours: [] as number[], bare: [] as number[] },
      incident: { ours: [] as number[], bare: [] as number[] },
    };
    const waits: number[] = [];
    let wrong = 0;
    say('asking');
    for (let round = 0; round < rounds; round += 1) {
      const whole = calls.history.summary({ groupBy: 'week' });
      const beganMs = performance.now();
      // While the figures are made, somebody on call asks for something small, again and again.
      const answered = new AbortController();
      const onCall = (async () => {
        while (!answered.signal.aborted) waits.push((await timed(() => calls.engine.info())).tookMs);
      })();
      const summary = await whole;
      asked.all.ours.push(performance.now() - beganMs);
      answered.abort();
      await onCall;
      const byHand = await bare.ask({ kind: 'figures', fromMs: 0 });
      asked.all.bare.push(byHand.tookMs);
      wrong += differences(summary, byHand.medians);

      const filter = { fromMs: quarterMs };
      asked.quarter.ours.push((await timed(() => calls.history.summary({ filter, groupBy: 'week' }))).tookMs);
      asked.quarter.bare.push((await bare.ask({ kind: 'figures', fromMs: quarterMs })).tookMs);

      const page = () => calls.history.incidents({ sort: 'total', offset: deep, limit: PAGE_ROWS });
      asked.page.ours.push((await timed(page)).tookMs);
      asked.page.bare.push((await bare.ask({ kind: 'page', offset: deep, limit: PAGE_ROWS })).tookMs);

      const incidentId = `INC-20200101-${(round * 7_919) % count}`;
      asked.incident.ours.push((await timed(() => calls.incident.get({ incidentId }))).tookMs);
    }
    await bare.end();
    const { nowMb, peakMb } = memoryMb(engineFile(cockpit.dataDir).pid);
    const ratio = ({ ours, bare: theirs }: { ours: number[]; bare: number[] }) =>
      median(ours) / median(theirs);
    const named = (what: string) => `${store.title}: ${what}`;
    const p95 = (what: string, values: readonly number[]) =>
      shown(named(`${what}, p95`), quantile(values, 0.95), 'ms');
    return [
      atMost(
        named('figures of all time, against the bare SQL'),
        ratio(asked.all),
        'x',
        limits.all,
        `${count.toLocaleString('en')} incidents, over the engine's API, somebody else asking meanwhile; medians of ${rounds}, in turn`,
      ),
      p95('figures of all time', asked.all.ours),
      p95('the bare SQL of it', asked.all.bare),
      atMost(named('figures of a quarter, against the bare SQL'), ratio(asked.quarter), 'x', limits.quarter),
      p95('figures of a quarter', asked.quarter.ours),
      p95('the bare SQL of a quarter', asked.quarter.bare),
      atMost(named('the last page of the table, against the bare SQL'), ratio(asked.page), 'x', limits.page),
      p95('the last page of the table', asked.page.ours),
      p95('one incident with its timeline', asked.incident.ours),
      p95('a small question meanwhile', waits),
      shown(named('a small question meanwhile, longest'), Math.max(...waits), 'ms'),
      atMost(
        named('medians that differ from the bare SQL'),
        wrong,
        '',
        0,
        'of every metric, whole and by week',
      ),
      atMost(
        named('engine memory, most ever'),
        peakMb,
        'MB',
        WORKING_MB,
        `resident; ${Math.round(nowMb)} MB at the end, ${Math.round(empty)} MB without history`,
      ),
      shown(named('start with that store'), started.tookMs, 'ms'),
    ];
  } finally {
    await cockpit.stop();
    await store.stop();
  }
}

/** Medians of ours that the bare SQL does not have, the ones of too few incidents left out. */
function differences(summary: HistorySummary, byHand: ReadonlyMap<string, number>): number {
  const sets = [
    { key: 'is_drill 0', figures: summary.incidents },
    { key: 'is_drill 1', figures: summary.drills },
    ...summary.groups.map(({ key, figures }) => ({ key: `week_start_ms ${Date.parse(key)}`, figures })),
  ];
  let wrong = 0;
  for (const { key, figures } of sets) {
    for (const [index, { medianMs }] of figures.metrics.entries()) {
      if (medianMs !== null && byHand.get(`${METRIC_COLUMNS[index]} ${key}`) !== medianMs) wrong += 1;
    }
  }
  return wrong;
}

export const history: BenchItem = {
  name: 'history',
  title: 'History: a hundred thousand incidents, two million timeline lines',
  run,
};
