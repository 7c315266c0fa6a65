/** The demonstration on real parts, without a page: for tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LeverVersions } from '../connectors/kind.ts';
import { createClock } from '../clock.ts';
import { createLeverDesk } from '../connectors/lever-desk.ts';
import { CONNECTORS } from '../connectors/registry.ts';
import { createSourceDesk } from '../connectors/source-desk.ts';
import { openTelemetry } from '../telemetry/index.ts';
import { createFakeIncidents, NO_POLICIES } from '../watch/fake-incidents.ts';
import { createTrialFiles } from '../watch/trial/trial-file.ts';
import { createWatchDesk } from '../watch/watch-desk.ts';
import { openWorkspace } from '../workspace/open-workspace.ts';
import { createSecretReader } from '../workspace/secrets.ts';
import { startDemonstration } from './demonstration.ts';
import type { DemonstrationOptions } from './demonstration.ts';
import { startWebhookSink } from './webhook-sink.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
export const DEMONSTRATION_FILE = join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  'assets',
  'demonstration',
  'fusebox.yaml',
);

/** Starts everything at `speed`; `stop()` ends it and removes its folder. */
export async function startRehearsal(
  options: { readonly speed: number } & Partial<
    Pick<DemonstrationOptions, 'seed' | 'support' | 'others' | 'historyMs' | 'onChange'>
  >,
) {
  const folder = await mkdtemp(join(tmpdir(), 'fusebox-demonstration-'));
  const clock = createClock(options.speed);
  const sink = await startWebhookSink(clock);
  const secrets = createSecretReader({
    env: { FUSEBOX_DEMONSTRATION_CHAT_URL: sink.chatUrl, FUSEBOX_DEMONSTRATION_PAGE_URL: sink.pageUrl },
  });
  const workspace = await openWorkspace({ path: DEMONSTRATION_FILE, connectors: CONNECTORS, secrets });
  const telemetry = await openTelemetry({
    dataDir: folder,
    settings: workspace.current().telemetry,
    clock,
    log: quiet,
    token: null,
  });
  await telemetry.receiver.start();
  const live = { publish: () => undefined };
  const sources = await createSourceDesk({
    workspace,
    connectors: CONNECTORS,
    clock,
    fetch: globalThis.fetch,
    dataDir: folder,
    readSecret: (ref) => secrets.read(ref),
    log: quiet,
    publisher: live,
    telemetry: () => null,
  });
  const levers = createLeverDesk({ workspace, sources, clock, log: quiet });
  const incidents = createFakeIncidents(clock);
  const evidence = telemetry.reader;
  const watch = createWatchDesk({
    clock,
    workspace,
    evidence,
    sources,
    levers,
    incidents,
    policies: NO_POLICIES,
    files: createTrialFiles({ dataDir: folder, nowMs: () => clock.nowMs(), log: quiet }),
    live,
    log: quiet,
  });
  const board = sources.instance('flag-board')?.board;
  const flags = sources.instance('flag-board')?.flags;
  const otlpUrl = telemetry.receiver.url();
  const target = workspace.prompt('customer_support_agent')?.flag;
  if (!board || !flags || !target || otlpUrl === null)
    throw new Error('the demonstration workspace has no flag board');
  const demo = await startDemonstration({
    clock,
    otlpUrl,
    board,
    seed: options.seed ?? 1,
    log: quiet,
    ...(options.support ? { support: options.support } : {}),
    ...(options.others ? { others: options.others } : {}),
    ...(options.historyMs === undefined ? {} : { historyMs: options.historyMs }),
    ...(options.onChange ? { onChange: options.onChange } : {}),
  });
  levers.start();
  watch.start();

  const versions: LeverVersions = { control: 'v17', candidate: 'v18', all: ['v17', 'v18'] };
  return {
    clock,
    demo,
    watch,
    incidents,
    evidence,
    telemetry,
    workspace,
    sources,
    sink,
    /** What the rollback machine does on the lever, without the machine. */
    async serveControl() {
      const expected = await flags.read(target, versions);
      return flags.write(target, versions, {
        operation: { kind: 'serve-control', version: 'v17' },
        expected,
        snapshot: null,
        comment: 'rehearsal',
        operationId: 'op-rehearsal-1',
      });
    },
    /** Waits in engine time until `seen` holds; rejects after `limitMs` of engine time. */
    async until(what: string, seen: () => boolean | Promise<boolean>, limitMs: number): Promise<number> {
      const fromMs = clock.monotonicMs();
      while (clock.monotonicMs() - fromMs < limitMs) {
        if (await seen()) return clock.monotonicMs() - fromMs;
        await clock.sleep(1_000);
      }
      throw new Error(`${what} did not happen within ${limitMs / 1000} s of engine time`);
    },
    async stop() {
      await demo.stop();
      await watch.stop();
      await levers.stop();
      await sources.stop();
      await telemetry.close();
      await sink.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
