import type { LeverState } from '#shared/model/prompt.ts';
import type { LeverOperation } from '#shared/model/rollback.ts';
import type { FlagTarget } from '#shared/model/workspace.ts';
import type { Clock } from '../clock.ts';
import {
  SourceError,
  type FlagLever,
  type LeverRead,
  type NoticeOutcome,
  type SourceInstance,
  type WriteOutcome,
  type WriteRequest,
} from '../connectors/kind.ts';

/** How the next write behaves; `apply` when the script is empty. */
export type WriteScript =
  | { readonly kind: 'apply' }
  | { readonly kind: 'refuse'; readonly reason: 'forbidden' | 'unauthorized' | 'conflict' | 'not-found' }
  /** The provider applied it, the answer never came. */
  | { readonly kind: 'applied-then-lost' }
  | { readonly kind: 'lost-before-applied' }
  /** No answer; applied this much later. */
  | { readonly kind: 'lands-late'; readonly afterMs: number }
  | { readonly kind: 'yes-without-effect' }
  /** Yes at once, visible this much later (a read cache). */
  | { readonly kind: 'visible-late'; readonly afterMs: number }
  | { readonly kind: 'never-answers' }
  | { readonly kind: 'throws' };

type FlagValue = { on: boolean; share01: number };

/** A flag provider for tests: one flag, absolute operations, every fault of the fault catalogue on demand. */
export function createScriptedProvider(clock: Clock) {
  let value: FlagValue = { on: true, share01: 0.05 };
  let revision = 7;
  let changedBy = 'bo';
  let changedAtMs = clock.nowMs() - 3_600_000;
  let readsFail = false;
  const writes: WriteRequest[] = [];
  const script: WriteScript[] = [];
  let reads = 0;
  let needsApproval = false;
  let worstMs = 15_000;

  function set(next: FlagValue, by: string): void {
    value = next;
    revision += 1;
    changedBy = by;
    changedAtMs = clock.nowMs();
  }

  function stateNow(): LeverState {
    const share01 = value.on ? value.share01 : 0;
    return {
      lever: 'flag',
      source: 'flags',
      connector: 'scripted',
      key: 'support_prompt_rollout',
      environment: 'production',
      isOn: value.on,
      intended: [
        { version: 'v17', share01: 1 - share01 },
        { version: 'v18', share01 },
      ],
      offVersion: 'v17',
      revision: String(revision),
      lastChangedBy: changedBy,
      lastChangedAtMs: changedAtMs,
      needsApproval,
      consoleUrl: 'https://flags.example/support_prompt_rollout',
      readAtMs: clock.nowMs(),
    };
  }

  function wanted(operation: LeverOperation, restored: unknown): FlagValue {
    switch (operation.kind) {
      case 'serve-control':
      case 'point-label':
        return { ...value, on: false };
      case 'set-share':
        return { on: value.on, share01: operation.share01 };
      case 'restore':
        return restored as FlagValue;
    }
  }

  function apply(request: WriteRequest): void {
    set(wanted(request.operation, request.snapshot), 'fusebox');
  }

  async function later(afterMs: number, request: WriteRequest): Promise<void> {
    await clock.sleep(afterMs);
    apply(request);
  }

  const unknown = (detail: string): WriteOutcome => ({ kind: 'unknown', detail });
  const accepted: WriteOutcome = { kind: 'accepted', requestId: 'r-1', detail: 'HTTP 200' };

  const lever: FlagLever = {
    capabilities: {
      killStyle: 'whole-flag',
      canSetShare: true,
      compareAndSet: 'read-compare',
      keepsComment: true,
      blastRadius: null,
      get propagation() {
        return { typicalMs: 10_000, worstMs, text: 'about 15 s' };
      },
    },
    async read(_target, _versions, _signal, scope): Promise<LeverRead> {
      reads += 1;
      if (readsFail) throw new SourceError('the flag server does not answer', { status: 503 });
      const state = stateNow();
      const author = scope === 'rules' ? { lastChangedBy: null, lastChangedAtMs: null } : {};
      return { state: { ...state, ...author }, snapshot: { ...value } };
    },
    plan(_target: FlagTarget, _versions, read, operation) {
      const effect =
        operation.kind === 'serve-control'
          ? 'turns off support_prompt_rollout in production; all traffic gets v17'
          : `changes support_prompt_rollout (${operation.kind})`;
      return { effect, refused: null, warnings: [], needsApproval: read.state.needsApproval };
    },
    async write(_target, _versions, request) {
      writes.push(request);
      const next = script.shift() ?? { kind: 'apply' };
      switch (next.kind) {
        case 'apply':
          apply(request);
          return accepted;
        case 'refuse':
          return {
            kind: 'refused',
            reason: next.reason,
            status: 403,
            message: `refused: ${next.reason}.`,
            fix: 'Use a token with write rights.',
          };
        case 'applied-then-lost':
          apply(request);
          return unknown('connection reset');
        case 'lost-before-applied':
          return unknown('connection reset');
        case 'lands-late':
          void later(next.afterMs, request);
          return unknown('no answer within 2 s');
        case 'yes-without-effect':
          return accepted;
        case 'visible-late':
          void later(next.afterMs, request);
          return accepted;
        case 'never-answers':
          return new Promise<never>(() => undefined);
        case 'throws':
          throw new Error('a connector with a bug');
      }
    },
    isInEffect(_target, _versions, read, operation, restored) {
      const now = read.snapshot as FlagValue;
      switch (operation.kind) {
        case 'serve-control':
        case 'point-label':
          return !now.on;
        case 'set-share':
          return now.share01 === operation.share01;
        case 'restore': {
          const before = restored as FlagValue;
          return now.on === before.on && now.share01 === before.share01;
        }
      }
    },
    events: async () => [],
    consoleUrl: () => 'https://flags.example/support_prompt_rollout',
  };

  const posts: string[] = [];
  const pages: string[] = [];
  let notice: () => Promise<NoticeOutcome> = async () => ({ ok: true, detail: 'HTTP 200' });
  const instance: SourceInstance = {
    flags: lever,
    chat: {
      post(message) {
        posts.push(message.text);
        return notice();
      },
    },
    paging: {
      page(alert) {
        pages.push(alert.summary);
        return notice();
      },
    },
    baseUrl: null,
    probe: async () => undefined,
    test: async () => ({ ok: true, latencyMs: 1, message: 'ok', checks: [] }),
    close: async () => undefined,
  };

  return {
    instance,
    writes,
    script,
    posts,
    pages,
    get reads() {
      return reads;
    },
    get value() {
      return value;
    },
    state: stateNow,
    /** Someone changes the flag in its console. */
    change: (next: Partial<FlagValue>, by: string) => set({ ...value, ...next }, by),
    failReads: (fail: boolean) => void (readsFail = fail),
    requireApproval: () => void (needsApproval = true),
    propagateWithin: (ms: number) => void (worstMs = ms),
    answerNotices: (answer: () => Promise<NoticeOutcome>) => void (notice = answer),
  };
}
