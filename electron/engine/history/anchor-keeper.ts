import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import type { AuditSettings } from '#shared/model/workspace.ts';
import type { Clock } from '../clock.ts';
import type { ConnectorLog } from '../connectors/kind.ts';
import type { IncidentDesk, SourceDesk, WorkspaceDesk } from '../ports.ts';
import type { AuditAnchor, Records } from '../records/kind.ts';
import { anchorLine } from './anchor.ts';
import { anchorInChat, anchorInFile, anchorInGitNote } from './anchor-places.ts';

const HOUR_MS = 3_600_000;
const LOOK_MS = 60_000;
/** After a place refused, before it is asked again. */
const RETRY_MS = 10 * 60_000;
const STATE_FILE = 'audit-anchors.json';

/** How it stands with one place that the workspace names. */
export type AnchorState = {
  /** "the file /mnt/worm/anchors.txt", in words. */
  readonly place: string;
  /** The newest anchor that the place took from this machine; null = none yet. */
  readonly last: (AuditAnchor & { readonly atMs: number }) | null;
  /** Why the newest attempt failed; null = it did not. */
  readonly problem: string | null;
  /** Whether the trail has grown since. Without that an old anchor proves all there is. */
  readonly isBehind: boolean;
  /** Late by more than one interval, with a trail that has grown. */
  readonly isOverdue: boolean;
};

export type AnchorKeeper = {
  /** Empty where the workspace asks for none. */
  states(): Promise<AnchorState[]>;
  /** Anchors in every place whose copy is behind, whenever it is due; never rejects. */
  anchorNow(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
};

export type AnchorKeeperDeps = {
  readonly records: Pick<Records, 'auditHead'>;
  readonly sources: Pick<SourceDesk, 'instance'>;
  readonly workspace: Pick<WorkspaceDesk, 'current' | 'path'>;
  readonly clock: Pick<Clock, 'nowMs' | 'sleep' | 'deadline'>;
  readonly dataDir: string;
  readonly log: ConnectorLog;
};

type Place = { readonly title: string; put(line: string): Promise<void> };

const storedSchema = z.record(
  z.string(),
  z.object({
    last: z.object({ seq: z.number(), hash: z.string(), atMs: z.number() }).nullable(),
    triedAtMs: z.number(),
    problem: z.string().nullable(),
  }),
);
type Stored = z.infer<typeof storedSchema>;

/**
 * Copies the head of the audit trail to the places that the workspace names, on a schedule and when an incident closes. What each place
 * took is remembered beside the records, for this machine: a file and a checkout are of one machine too. Off without `audit.anchor`.
 */
export function createAnchorKeeper(deps: AnchorKeeperDeps): AnchorKeeper {
  const { records, workspace, clock, log } = deps;
  const stateFile = join(deps.dataDir, STATE_FILE);
  const stopping = new AbortController();
  /** One round at a time: two would anchor the same head twice. */
  let running: Promise<void> = Promise.resolve();

  async function stored(): Promise<Stored> {
    try {
      return storedSchema.parse(JSON.parse(await readFile(stateFile, 'utf8')));
    } catch {
      // Not there, or not ours any more: one anchor too many does no harm.
      return {};
    }
  }

  async function remember(state: Stored): Promise<void> {
    await writeFile(`${stateFile}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
    await rename(`${stateFile}.new`, stateFile);
  }

  async function round(isUrgent: boolean): Promise<void> {
    const anchor = workspace.current().audit?.anchor;
    const head = anchor && (await records.auditHead());
    if (!anchor || !head) return;
    const state = await stored();
    for (const { title, put } of placesOf(anchor, deps)) {
      const before = state[title];
      const nowMs = clock.nowMs();
      if (!isBehind(before, head)) continue;
      const isDue = (before?.last?.atMs ?? -Infinity) + anchor.everyHours * HOUR_MS <= nowMs;
      const isWaiting =
        before !== undefined && before.problem !== null && nowMs - before.triedAtMs < RETRY_MS;
      if (!isUrgent && (!isDue || isWaiting)) continue;
      const problem = await put(anchorLine(head, nowMs)).then(
        () => null,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      if (problem !== null) log.warn({ place: title, problem }, 'the audit trail was not anchored');
      const last = problem === null ? { ...head, atMs: nowMs } : (before?.last ?? null);
      state[title] = { last, triedAtMs: nowMs, problem };
      await remember(state);
    }
  }

  function inTurn(isUrgent: boolean): Promise<void> {
    running = running
      .then(() => round(isUrgent))
      .catch((error: unknown) => log.warn({ error: String(error) }, 'anchoring failed; it is tried again'));
    return running;
  }

  return {
    async states() {
      const anchor = workspace.current().audit?.anchor;
      if (!anchor) return [];
      const head = await records.auditHead();
      const state = await stored();
      return placesOf(anchor, deps).map(({ title }) => {
        const { last = null, problem = null } = state[title] ?? {};
        const behind = head !== null && isBehind(state[title], head);
        const lateMs = clock.nowMs() - (last?.atMs ?? -Infinity);
        const isOverdue = behind && lateMs > 2 * anchor.everyHours * HOUR_MS;
        return { place: title, last, problem, isBehind: behind, isOverdue };
      });
    },
    anchorNow: () => inTurn(true),
    start() {
      void (async () => {
        while (!stopping.signal.aborted) {
          await inTurn(false);
          await clock.sleep(LOOK_MS, stopping.signal).catch(() => undefined);
        }
      })();
    },
    async stop() {
      stopping.abort(new Error('the engine stops'));
      await running;
    },
  };
}

/** Every closing is anchored right after it. The closing itself waits for nothing and fails for nothing of that. */
export function anchoredAtClosing<Desk extends Pick<IncidentDesk, 'close'>>(
  incidents: Desk,
  anchors: Pick<AnchorKeeper, 'anchorNow'>,
): Desk {
  return {
    ...incidents,
    async close(input) {
      const closed = await incidents.close(input);
      void anchors.anchorNow();
      return closed;
    },
  };
}

function isBehind(before: Stored[string] | undefined, head: AuditAnchor): boolean {
  return before?.last?.seq !== head.seq || before.last.hash !== head.hash;
}

function placesOf(
  { file, gitNote, chat }: NonNullable<AuditSettings['anchor']>,
  { workspace, sources, clock }: AnchorKeeperDeps,
): Place[] {
  const from = workspace.path === null ? '.' : dirname(workspace.path);
  const places: Place[] = [];
  if (file !== undefined) {
    const path = resolve(from, file);
    places.push({ title: `the file ${path}`, put: (line) => anchorInFile(path, line) });
  }
  if (gitNote !== undefined) {
    const checkout = resolve(from, gitNote);
    places.push({ title: `the git notes of ${checkout}`, put: (line) => anchorInGitNote(checkout, line) });
  }
  if (chat !== undefined) {
    const { source, channel = null } = chat;
    places.push({
      title: `the chat ${source}${channel === null ? '' : ` ${channel}`}`,
      async put(line) {
        const post = sources.instance(source)?.chat;
        if (!post) throw new Error(`the source ${source} posts to no chat`);
        const outcome = await anchorInChat(post, { line, channel }, clock);
        if (!outcome.ok) throw new Error(outcome.detail);
      },
    });
  }
  return places;
}
