import { createRouterClient, ORPCError } from '@orpc/server';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEngine, type Engine } from '#engine/app.ts';
import { createClock } from '#engine/clock.ts';
import type { Client } from '../parity/transports.ts';
import { tripwire, tripwireCheckout, type Tripwire } from './tripwires.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const SCENARIOS = join(ROOT, 'assets', 'scenarios');
export const PROMPT = 'customer_support_agent';
const PATIENCE_MS = 30_000;

type Wires = Record<'unleash' | 'chat' | 'pager' | 'metrics', Tripwire>;

/** The engine of a team that has a real flag service, chat, pager, metrics and eval suite: tripwires. Opened and not started. */
export type Team = {
  readonly engine: Engine;
  readonly wires: Wires;
  readonly team: Client;
  /** The contract of the drill's world under way. */
  drillWorld(): Client;
  /** Tries one way; how it ends does not matter, as long as it ends and is no fault of the engine. Null = refused. */
  attempt(what: string, call: () => Promise<unknown>): Promise<unknown>;
  tried(): number;
  /** Tries that never ended. */
  left(): readonly string[];
  /** Requests that came to a real system, and what was changed or started in the real checkout. */
  arrived(): string[];
  /** Where the engine keeps everything. */
  readonly dataDir: string;
  close(): Promise<void>;
};

const clientOf = (router: Engine['router'], name: string): Client =>
  createRouterClient(router, { context: { actor: { name, via: 'page' as const } } });

/** `material` gives scenario files for the library, by name, from where the team's systems are; default: the product's own. */
export async function openTeam(material?: (wires: Wires) => Promise<Record<string, string>>): Promise<Team> {
  const folder = await mkdtemp(join(tmpdir(), 'fusebox-isolation-'));
  const wires: Wires = {
    unleash: await tripwire(),
    chat: await tripwire(),
    pager: await tripwire(),
    metrics: await tripwire(),
  };
  const checkout = await tripwireCheckout(join(folder, 'agent'));
  for (const [name, text] of Object.entries((await material?.(wires)) ?? {}))
    await writeFile(join(folder, name), text);
  const workspace = {
    version: 1,
    name: 'the team',
    telemetry: { port: 0 },
    sources: [
      {
        id: 'unleash',
        connector: 'unleash',
        settings: { baseUrl: wires.unleash.url, token: { env: 'UNLEASH_TOKEN' }, allowInsecure: true },
      },
      {
        id: 'chat',
        connector: 'slack-webhook',
        settings: { url: { env: 'CHAT_URL' }, allowInsecure: true },
      },
      {
        id: 'pager',
        connector: 'generic-webhook',
        settings: { url: { env: 'PAGER_URL' }, allowInsecure: true },
      },
      {
        id: 'metrics',
        connector: 'prometheus',
        settings: { baseUrl: wires.metrics.url, allowInsecure: true },
      },
    ],
    prompts: [
      {
        id: PROMPT,
        service: 'support-agent',
        owner: 'Mira Okafor',
        control: 'v17',
        candidate: 'v18',
        versions: [
          { id: 'v17', text: 'Be polite.' },
          { id: 'v18', text: `Answer through ${wires.chat.url}/hook and {{ env.CHAT_URL }}.` },
        ],
        flag: { source: 'unleash', key: 'support_rollout' },
        chat: { source: 'chat', channel: '#incidents' },
        paging: { source: 'pager', service: 'support' },
        evals: [
          {
            id: 'drill',
            format: 'promptfoo',
            checkout: 'agent',
            path: 'evals/cases/incidents.yaml',
            command: checkout.command,
          },
        ],
        policies: { freezeRampOnWatch: true, killswitchOnPage: true, vetoSeconds: 0 },
      },
    ],
  };
  const workspacePath = join(folder, 'fusebox.json');
  await writeFile(workspacePath, JSON.stringify(workspace));
  const engine = await createEngine({
    clock: createClock(),
    dataDir: join(folder, 'data'),
    fetch: globalThis.fetch,
    workspacePath,
    demonstrationPath: join(ROOT, 'assets', 'demonstration', 'fusebox.yaml'),
    scenariosPath: material ? folder : SCENARIOS,
    host: 'web',
    capabilities: {
      notifications: false,
      secureStorage: false,
      openPath: false,
      updates: false,
      openExternal: 'link',
      printPdf: false,
    },
    actor: 'ana',
    env: {
      UNLEASH_TOKEN: 'secret-unleash',
      CHAT_URL: `${wires.chat.url}/hook`,
      PAGER_URL: `${wires.pager.url}/page`,
    },
    version: 'test',
  });
  const team = clientOf(engine.router, 'ana');
  const { info } = await team.engine.info();
  if (info.workspaceProblems.length > 0) throw new Error(JSON.stringify(info.workspaceProblems));
  // Opening a source may have a look at it.
  for (const { seen } of Object.values(wires)) seen.length = 0;

  let tried = 0;
  const left: string[] = [];
  return {
    engine,
    wires,
    team,
    drillWorld() {
      const router = engine.drillRouter();
      if (router === null) throw new Error('no drill is under way');
      return clientOf(router, 'ben');
    },
    async attempt(what, call) {
      tried += 1;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise((resolve) => {
        timer = setTimeout(() => resolve('late'), PATIENCE_MS);
      });
      try {
        const answer = await Promise.race([call(), late]);
        if (answer === 'late') left.push(what);
        return answer;
      } catch (error) {
        if (!(error instanceof ORPCError)) throw error;
        if (error.code === 'INTERNAL_SERVER_ERROR')
          throw new Error(`${what}: ${error.message}`, { cause: error });
        return null;
      } finally {
        clearTimeout(timer);
      }
    },
    tried: () => tried,
    left: () => left,
    arrived: () => [...Object.values(wires).flatMap(({ seen }) => seen), ...checkout.touched()],
    dataDir: join(folder, 'data'),
    async close() {
      await engine.stop();
      for (const wire of Object.values(wires)) await wire.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
