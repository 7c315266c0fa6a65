import type { Sample, Window, WorkerShare } from '#shared/model/evidence.ts';
import { SIGNAL_IDS, type SignalId } from '#shared/model/signal.ts';
import { bucketsOf, isLowCsat, LOW_CSAT, OTHER, shownVersions, whole } from './answers.ts';
import { CONVERSATION_MS } from './flush-sql.ts';
import type { EvidenceReader, VersionCounts, VersionSeries } from './kind.ts';
import { NONE } from './rows.ts';
import { createAnsweredReader } from './answered.ts';
import { readArrivals } from './arrivals.ts';
import { createServedReader } from './served.ts';
import type { StoreRow, TelemetryStore } from './store.ts';
import { addRow, emptyTally, READINGS, readingsOf } from './tally.ts';
import { readTicks } from './ticks.ts';

/** As an SQL literal: DuckDB prunes and plans by it, and a statement with parameters takes two more steps (1.5 ms of 6). */
const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const startedIn = (window: Window) =>
  `start_ms >= ${whole(window.fromMs, 'fromMs')} AND start_ms < ${whole(window.toMs, 'toMs')}`;

function totalsOf(rows: readonly StoreRow[]): Map<string, number> {
  const totals = new Map<string, number>();
  for (const row of rows) {
    const version = String(row.version);
    totals.set(version, (totals.get(version) ?? 0) + Number(row.conversations));
  }
  return totals;
}

function text(value: StoreRow[string]): string | null {
  return value === null || value === undefined ? null : String(value);
}

const IS_BAD: Record<SignalId, string> = {
  complaints: 'complaint',
  csat: `coalesce(csat < ${LOW_CSAT}, false)`,
  safety: 'safety',
  downstream: 'downstream',
};
const IS_ANY_BAD = `(${[...Object.values(IS_BAD), 'is_error'].join(' OR ')})`;

function sampleOf(row: StoreRow): Sample {
  const csat = row.csat === null ? null : Number(row.csat);
  const flags = SIGNAL_IDS.filter((signal) => {
    if (signal === 'csat') return isLowCsat(csat);
    return row[signal === 'complaints' ? 'complaint' : signal] === true;
  });
  return {
    traceId: String(row.trace_id),
    spanId: String(row.span_id),
    conversation: text(row.conversation),
    atMs: Number(row.at_ms),
    version: String(row.version),
    cohort: String(row.cohort),
    worker: String(row.worker),
    input: text(row.input),
    output: text(row.output),
    flags,
    csat,
    error: text(row.error),
    link: null,
  };
}

const SIGNAL_NAMES = SIGNAL_IDS.map((signal) => `'${signal}'`).join(', ');

/** Answers about received telemetry, from committed rows. Every count is of conversations, by when they started. */
export function createReader(
  store: Pick<TelemetryStore, 'read' | 'sightings'>,
  settings: { readonly sampled: boolean },
): EvidenceReader {
  return {
    ...createServedReader(store),
    ...createAnsweredReader(store),

    async distribution({ prompt, window, bucketMs }) {
      const { firstMs, startsMs } = bucketsOf(window, bucketMs);
      const rows = await store.read(
        `SELECT ((start_ms - ${firstMs}) // ${whole(bucketMs, 'bucketMs')})::INTEGER AS bucket, version,
           count(*)::DOUBLE AS conversations
         FROM conversations WHERE ${startedIn(window)} AND prompt = ${quoted(prompt)} GROUP BY bucket, version`,
      );
      const { shown, nameOf } = shownVersions(totalsOf(rows));
      const counts = new Map(shown.map((version) => [version, startsMs.map(() => 0)]));
      for (const row of rows) {
        const line = counts.get(nameOf(String(row.version)));
        const bucket = Number(row.bucket);
        if (line) line[bucket] = (line[bucket] ?? 0) + Number(row.conversations);
      }
      const dataUpToMs = await store.sightings.dataUpToMs(prompt);
      const lastEndMs = (startsMs.at(-1) ?? firstMs) + bucketMs;
      const versions = await Promise.all(
        shown.map(async (version) => ({
          version,
          sha: version === OTHER ? null : await store.sightings.shaOf(prompt, version),
          counts: counts.get(version) ?? [],
        })),
      );
      return {
        window,
        bucketMs,
        startsMs,
        versions,
        lastBucketPartial: lastEndMs > window.toMs || dataUpToMs === null || dataUpToMs < lastEndMs,
        dataUpToMs,
        sampled: settings.sampled,
      };
    },

    async counts({ prompt, window }) {
      const rows = await store.read(
        `SELECT version, cohort, ${READINGS} FROM conversations
         WHERE ${startedIn(window)} AND prompt = $prompt GROUP BY version, cohort ORDER BY version, cohort`,
        { prompt },
      );
      const counts: VersionCounts[] = [];
      for (const row of rows) {
        const tally = emptyTally();
        addRow(tally, row);
        const version = String(row.version);
        counts.push({
          version,
          sha: await store.sightings.shaOf(prompt, version),
          cohort: String(row.cohort),
          conversations: tally.conversations,
          readings: readingsOf(tally),
        });
      }
      return counts;
    },

    async series({ prompt, window, bucketMs, cohort }) {
      const { firstMs, startsMs } = bucketsOf(window, bucketMs);
      const isAll = cohort === 'all';
      const rows = await store.read(
        `SELECT ((start_ms - ${firstMs}) // ${whole(bucketMs, 'bucketMs')})::INTEGER AS bucket, version, ${READINGS}
         FROM conversations WHERE ${startedIn(window)} AND prompt = $prompt ${isAll ? '' : 'AND cohort = $cohort'}
         GROUP BY bucket, version`,
        isAll ? { prompt } : { prompt, cohort },
      );
      const { shown, nameOf } = shownVersions(totalsOf(rows));
      const tallies = new Map(shown.map((version) => [version, startsMs.map(() => emptyTally())]));
      for (const row of rows) {
        const tally = tallies.get(nameOf(String(row.version)))?.[Number(row.bucket)];
        if (tally) addRow(tally, row);
      }
      const versions: VersionSeries[] = [...tallies].map(([version, line]) => ({
        version,
        conversations: line.map(({ conversations }) => conversations),
        readings: line.map(readingsOf),
      }));
      return { startsMs, versions };
    },

    ticks: (query) => readTicks(store, query),
    arrivals: (query) => readArrivals(store, query),

    async workers({ prompt, window, expectedVersion }) {
      const rows = await store.read(
        `SELECT worker, version, count(*)::DOUBLE AS conversations, max(start_ms)::DOUBLE AS last_start_ms,
           max(end_ms)::DOUBLE AS last_end_ms
         FROM conversations WHERE ${startedIn(window)} AND prompt = $prompt
         GROUP BY worker, version ORDER BY worker, conversations DESC, version`,
        { prompt },
      );
      const workers = new Map<string, { share: WorkerShare; lastStartMs: number }>();
      for (const row of rows) {
        const worker = String(row.worker);
        const version = String(row.version);
        let entry = workers.get(worker);
        if (!entry) {
          const share = { worker, versions: [], lastVersion: null, lastSeenMs: 0, isStale: false };
          entry = { share, lastStartMs: -1 };
          workers.set(worker, entry);
        }
        entry.share.versions.push({ version, conversations: Number(row.conversations) });
        entry.share.lastSeenMs = Math.max(entry.share.lastSeenMs, Number(row.last_end_ms));
        if (Number(row.last_start_ms) > entry.lastStartMs) {
          entry.lastStartMs = Number(row.last_start_ms);
          entry.share.lastVersion = version;
        }
        entry.share.isStale ||= expectedVersion !== null && version !== expectedVersion;
      }
      return [...workers.values()].map(({ share }) => share);
    },

    async samples({ prompt, window, version, kind, signal, limit }) {
      const isBad = signal === null ? IS_ANY_BAD : IS_BAD[signal];
      const chosen = kind === 'bad' ? isBad : `NOT ${IS_ANY_BAD}`;
      const rows = await store.read(
        `WITH chosen AS (
           SELECT * FROM conversations
           WHERE ${startedIn(window)} AND prompt = $prompt AND version = $version AND ${chosen}
           ORDER BY start_ms DESC, conversation_key LIMIT ${whole(limit, 'limit')})
         SELECT s.trace_id, s.span_id, c.conversation, s.start_ms::DOUBLE AS at_ms, s.version, s.cohort, s.worker, s.input,
           s.output, s.error, c.complaint, c.safety, c.downstream, c.csat
         FROM chosen c JOIN spans s ON s.conversation_key = c.conversation_key
         WHERE s.start_ms >= ${whole(window.fromMs, 'fromMs')} AND s.start_ms < ${whole(window.toMs, 'toMs') + CONVERSATION_MS}
           AND s.start_ms BETWEEN c.start_ms AND c.start_ms + ${CONVERSATION_MS}
         QUALIFY row_number() OVER (PARTITION BY c.conversation_key
           ORDER BY s.version = c.version DESC, s.is_error DESC, s.output IS NOT NULL DESC, s.start_ms DESC, s.span_key) = 1
         ORDER BY c.start_ms DESC, c.conversation_key`,
        { prompt, version },
      );
      return rows.map(sampleOf);
    },

    async versionTimes(prompt) {
      const rows = await store.read(
        `SELECT version, min(start_ms)::DOUBLE AS first_ms, max(start_ms)::DOUBLE AS last_ms, max(end_ms)::DOUBLE AS end_ms
         FROM conversations WHERE prompt = $prompt GROUP BY version ORDER BY first_ms, version`,
        { prompt },
      );
      return Promise.all(
        rows.map(async (row) => ({
          version: String(row.version),
          sha: await store.sightings.shaOf(prompt, String(row.version)),
          firstSeenMs: Number(row.first_ms),
          lastStartedMs: Number(row.last_ms),
          lastEndedMs: Number(row.end_ms),
        })),
      );
    },

    async cohorts(prompt, window) {
      const rows = await store.read(
        `SELECT cohort, count(*) AS size FROM conversations WHERE ${startedIn(window)} AND prompt = $prompt
         GROUP BY cohort ORDER BY size DESC, cohort`,
        { prompt },
      );
      return rows.map((row) => String(row.cohort));
    },

    dataUpToMs: (prompt) => store.sightings.dataUpToMs(prompt),

    async unversionedShare01({ prompt, window }) {
      const [row] = await store.read(
        `SELECT count(*)::DOUBLE AS spans, count(*) FILTER (version = '${NONE}')::DOUBLE AS unversioned
         FROM spans WHERE ${startedIn(window)} AND prompt = $prompt`,
        { prompt },
      );
      const spans = Number(row?.spans ?? 0);
      return spans === 0 ? null : Number(row?.unversioned) / spans;
    },

    async reportLagsMs(prompt, limit) {
      const rows = await store.read(
        `SELECT lag_ms::DOUBLE AS lag_ms FROM feedback WHERE prompt = $prompt AND state = 2 AND lag_ms >= 0 AND signal IN (${SIGNAL_NAMES})
         ORDER BY at_ms DESC LIMIT ${whole(limit, 'limit')}`,
        { prompt },
      );
      return rows.map((row) => Number(row.lag_ms));
    },
  };
}
