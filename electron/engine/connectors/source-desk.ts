import { join } from 'node:path';
import type { SourceHealth, SourceTest } from '#shared/model/source.ts';
import type { SecretRef, SourceSettings } from '#shared/model/workspace.ts';
import type { Clock } from '../clock.ts';
import { CommandError } from '../ports.ts';
import type { LivePublisher, SourceDesk, WorkspaceDesk } from '../ports.ts';
import { unlessAborted } from './abortable.ts';
import { SourceError } from './kind.ts';
import type { ConnectorDescriptor, ConnectorLog, SourceInstance } from './kind.ts';
import { createHealthBook, wordsOf } from './source-health.ts';
import type { HealthBook } from './source-health.ts';
import { TELEMETRY_SOURCE_ID, telemetryHealth, testTelemetry } from './telemetry-source.ts';
import type { TelemetryFacts } from './telemetry-source.ts';

export type SourceDeskOptions = {
  readonly workspace: Pick<WorkspaceDesk, 'current'>;
  readonly connectors: readonly ConnectorDescriptor[];
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  readonly dataDir: string;
  readonly readSecret: (ref: SecretRef) => Promise<string>;
  readonly log: ConnectorLog;
  readonly publisher: LivePublisher;
  /** State of the built-in receiver, asked at each look; null = this engine has none. */
  readonly telemetry: () => TelemetryFacts | null;
};

export type RunningSourceDesk = SourceDesk & {
  /** After the workspace was loaded again: sources that changed are closed and made anew, the others stay. */
  reconcile(): Promise<void>;
};

type Entry = {
  readonly source: SourceSettings;
  readonly descriptor: ConnectorDescriptor | null;
  readonly book: HealthBook;
  readonly stopping: AbortController;
  instance: SourceInstance | null;
  /** Why there is no instance; settings are checked once, other reasons are tried again. */
  isHopeless: boolean;
  loop: Promise<void> | null;
};

const LOOK_MS = 2000;
/** A connector keeps its own, shorter deadline; this one is for the connector that does not. */
const PROBE_LIMIT_MS = 30_000;

/** Makes the sources of the workspace and keeps an eye on them. A source that cannot be made fails alone. */
export async function createSourceDesk(options: SourceDeskOptions): Promise<RunningSourceDesk> {
  const { clock, publisher } = options;
  const entries = new Map<string, Entry>();
  const stopping = new AbortController();
  /** The state last published, by source. */
  const shown = new Map<string, SourceHealth['state']>();
  let isStarted = false;
  let watchLoop: Promise<void> | null = null;

  const publish = (id: string) => {
    const health = listOne(id);
    if (health) shown.set(id, health.state);
    else shown.delete(id);
    publisher.publish({ entity: 'source', id, value: health });
  };
  const listOne = (id: string): SourceHealth | null => {
    if (id !== TELEMETRY_SOURCE_ID) return entries.get(id)?.book.health() ?? null;
    const facts = options.telemetry();
    return facts ? telemetryHealth(facts, clock.nowMs()) : null;
  };

  async function make(entry: Entry): Promise<void> {
    const { source, descriptor } = entry;
    if (!source.enabled || entry.instance) return;
    if (!descriptor) {
      entry.isHopeless = true;
      entry.book.failed(
        new SourceError(`Source "${source.id}": there is no connector "${source.connector}".`, {
          fix: `Write one of: ${options.connectors.map((one) => one.id).join(', ')}.`,
        }),
      );
      return;
    }
    const settings = descriptor.settings.safeParse(source.settings);
    if (!settings.success) {
      const issue = settings.error.issues[0];
      entry.isHopeless = true;
      entry.book.failed(
        new SourceError(
          `Source "${source.id}": settings${issue && issue.path.length > 0 ? `.${issue.path.join('.')}` : ''} ${issue?.message ?? 'are not valid'}.`,
          { fix: 'Correct it in the workspace; the problems of the workspace say what to write.' },
        ),
      );
      return;
    }
    try {
      entry.instance = await descriptor.create(
        { id: source.id, settings: settings.data },
        {
          clock,
          fetch: options.fetch,
          readSecret: options.readSecret,
          log: options.log,
          dataDir: join(options.dataDir, 'sources', source.id),
        },
      );
      entry.book.setBaseUrl(entry.instance.baseUrl);
    } catch (error) {
      entry.book.failed(error);
      options.log.warn({ source: source.id, kind: kindOf(error) }, 'source could not be made');
    }
  }

  async function attempt(entry: Entry): Promise<void> {
    await make(entry);
    const { instance } = entry;
    if (instance) {
      const startedMs = clock.monotonicMs();
      try {
        const limit = AbortSignal.any([entry.stopping.signal, clock.deadline(PROBE_LIMIT_MS)]);
        await unlessAborted(instance.probe(limit), limit);
        entry.book.succeeded((clock.monotonicMs() - startedMs) / (clock.speed || 1));
      } catch (error) {
        if (!entry.stopping.signal.aborted) entry.book.failed(error);
      }
    }
  }

  async function poll(entry: Entry): Promise<void> {
    while (!entry.stopping.signal.aborted) {
      await attempt(entry);
      if (entry.isHopeless) {
        publish(entry.source.id);
        return;
      }
      const delayMs = entry.book.nextDelayMs();
      entry.book.planned(clock.nowMs() + delayMs);
      publish(entry.source.id);
      await clock.sleep(delayMs, entry.stopping.signal).catch(() => undefined);
    }
  }

  /** What changes without anybody asking: the receiver's counters, and a source that grows stale. */
  async function watch(): Promise<void> {
    let telemetryBefore = '';
    while (!stopping.signal.aborted) {
      const telemetryNow = JSON.stringify(listOne(TELEMETRY_SOURCE_ID));
      if (telemetryNow !== telemetryBefore) publish(TELEMETRY_SOURCE_ID);
      telemetryBefore = telemetryNow;
      for (const [id, entry] of entries) if (entry.book.health().state !== shown.get(id)) publish(id);
      await clock.sleep(LOOK_MS, stopping.signal).catch(() => undefined);
    }
  }

  async function add(source: SourceSettings): Promise<void> {
    const descriptor = options.connectors.find((one) => one.id === source.connector) ?? null;
    const entry: Entry = {
      source,
      descriptor,
      stopping: new AbortController(),
      instance: null,
      isHopeless: false,
      loop: null,
      book: createHealthBook(
        {
          id: source.id,
          title: source.title ?? descriptor?.title ?? source.id,
          connector: source.connector,
          kinds: descriptor?.kinds ?? [],
          refreshIntervalMs: descriptor?.refreshIntervalMs ?? 60_000,
          baseUrl: null,
          leastPrivilegeHint: descriptor?.leastPrivilegeHint ?? null,
          isEnabled: source.enabled,
        },
        clock,
      ),
    };
    entries.set(source.id, entry);
    await make(entry);
    if (isStarted && source.enabled) entry.loop = poll(entry);
  }

  async function remove(entry: Entry): Promise<void> {
    entry.stopping.abort(new Error('stopped'));
    await entry.loop;
    await entry.instance?.close().catch(() => undefined);
    entry.instance = null;
  }

  const wanted = () => {
    const byId = new Map<string, SourceSettings>();
    for (const source of options.workspace.current().sources)
      if (!byId.has(source.id)) byId.set(source.id, source);
    return byId;
  };
  await Promise.all([...wanted().values()].map((source) => add(source)));

  return {
    instance: (sourceId) => entries.get(sourceId)?.instance ?? null,
    list() {
      const telemetry = listOne(TELEMETRY_SOURCE_ID);
      return [
        ...(telemetry ? [telemetry] : []),
        ...[...entries.values()].map((entry) => entry.book.health()),
      ];
    },
    async test(sourceId): Promise<SourceTest> {
      const telemetry = sourceId === TELEMETRY_SOURCE_ID ? options.telemetry() : null;
      if (telemetry) return testTelemetry(telemetry);
      const entry = entries.get(sourceId);
      if (!entry)
        throw new CommandError('NOT_FOUND', `There is no source "${sourceId}".`, {
          what: 'source',
          id: sourceId,
        });
      if (!entry.source.enabled)
        return failedTest(`"${sourceId}" is switched off in the workspace (enabled: false).`);
      await make(entry);
      if (!entry.instance) {
        publish(sourceId);
        return failedTest(entry.book.health().lastError ?? 'It could not be made.');
      }
      try {
        const result = await entry.instance.test();
        if (result.ok) entry.book.succeeded(result.latencyMs);
        else entry.book.failed(new SourceError(result.message));
        return result;
      } catch (error) {
        entry.book.failed(error);
        return failedTest(wordsOf(error));
      } finally {
        publish(sourceId);
      }
    },
    async observe(sourceId, call) {
      const entry = entries.get(sourceId);
      if (!entry) return call();
      const startedMs = clock.monotonicMs();
      try {
        const value = await call();
        entry.book.succeeded((clock.monotonicMs() - startedMs) / (clock.speed || 1));
        publish(sourceId);
        return value;
      } catch (error) {
        // A question that makes no sense to a healthy source (a bad query, an unknown flag) is no illness of the source.
        const status = error instanceof SourceError ? error.status : null;
        if (status !== 400 && status !== 404 && status !== 422) {
          entry.book.failed(error);
          publish(sourceId);
        }
        throw error;
      }
    },
    start() {
      if (isStarted) return;
      isStarted = true;
      for (const entry of entries.values()) if (entry.source.enabled) entry.loop = poll(entry);
      watchLoop = watch();
    },
    async stop() {
      stopping.abort(new Error('stopped'));
      await watchLoop;
      await Promise.all([...entries.values()].map((entry) => remove(entry)));
    },
    async reconcile() {
      const next = wanted();
      for (const [id, entry] of entries) {
        if (JSON.stringify(next.get(id)) === JSON.stringify(entry.source)) continue;
        await remove(entry);
        entries.delete(id);
        if (!next.has(id)) publish(id);
      }
      for (const [id, source] of next) {
        if (entries.has(id)) continue;
        await add(source);
        publish(id);
      }
    },
  };
}

const failedTest = (message: string): SourceTest => ({ ok: false, latencyMs: 0, message, checks: [] });
const kindOf = (error: unknown) => (error instanceof Error ? error.name : typeof error);
