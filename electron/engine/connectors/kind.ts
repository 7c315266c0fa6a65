import type { z } from 'zod';
import type { Change, Window } from '#shared/model/evidence.ts';
import type { LeverState } from '#shared/model/prompt.ts';
import type { LeverOperation } from '#shared/model/rollback.ts';
import type { SignalId } from '#shared/model/signal.ts';
import type { SourceKind, SourceTest } from '#shared/model/source.ts';
import type {
  ConfigTarget,
  FlagTarget,
  RegistryTarget,
  SecretRef,
  SignalSource,
} from '#shared/model/workspace.ts';
import type { Clock } from '../clock.ts';

/** What a connector is given. Secrets are read at the moment of use and never kept. */
export type ConnectorDeps = {
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  readonly readSecret: (ref: SecretRef) => Promise<string>;
  readonly log: ConnectorLog;
  /** For connectors that keep state of their own (the built-in flag board): a folder inside the data directory. */
  readonly dataDir: string;
};

export type ConnectorLog = {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
};

/**
 * How a lever of this system behaves; the rollback machine and the screen read these and never the vendor's name.
 * Fits the twelve systems of connectors/flags.md section 0 and the registries of connectors/telemetry.md.
 */
export type LeverCapabilities = {
  /** `whole-flag`: one switch; `rules`: rewrites rules (snapshot needed); `label`: moves a pointer; `value`: writes a value. */
  readonly killStyle: 'whole-flag' | 'rules' | 'label' | 'value';
  readonly canSetShare: boolean;
  /** `conditional`: the provider refuses a stale write; `read-compare`: we can only compare before and after. */
  readonly compareAndSet: 'conditional' | 'read-compare';
  /** The provider keeps a comment with the change. */
  readonly keepsComment: boolean;
  /** Other environments or flags change with it (Statsig gates, AppConfig profiles): said on the button. */
  readonly blastRadius: string | null;
  /** How long until every worker serves the change, for the screen and the expected-recovery curve. */
  readonly propagation: { readonly typicalMs: number; readonly worstMs: number; readonly text: string };
};

/** Everything read in one go before a write. `snapshot` is the provider's own body, enough to put it back; JSON only. */
export type LeverRead = { readonly state: LeverState; readonly snapshot: unknown };

/** What a write would do, worked out from the state read. */
export type LeverPlan = {
  /** One sentence: "turns off support_prompt_rollout in production; all traffic gets v17". */
  readonly effect: string;
  readonly refused: string | null;
  readonly warnings: readonly string[];
  readonly needsApproval: boolean;
};

export type WriteRequest = {
  readonly operation: LeverOperation;
  /** The read the person was shown; its revision is compared (by the provider where it can). */
  readonly expected: LeverRead;
  /** For `restore`: the snapshot to put back. */
  readonly snapshot: unknown;
  readonly comment: string;
  readonly operationId: string;
};

export type RefusalReason =
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'approval-required'
  | 'conflict'
  | 'invalid'
  | 'rate-limited'
  | 'not-supported'
  /** No connection was made: nothing was sent, so nothing can have changed. */
  | 'unreachable';

/** `unknown` whenever the provider may or may not have applied it (time-out, reset, 5xx after sending). Never thrown. */
export type WriteOutcome =
  | { readonly kind: 'accepted'; readonly requestId: string | null; readonly detail: string }
  | {
      readonly kind: 'refused';
      readonly reason: RefusalReason;
      readonly status: number | null;
      readonly message: string;
      readonly fix: string;
    }
  | { readonly kind: 'unknown'; readonly detail: string };

/** A read that failed, in plain words; thrown by reads. */
export class SourceError extends Error {
  readonly status: number | null;
  readonly fix: string;
  readonly retryAfterMs: number | null;
  constructor(
    message: string,
    options: { status?: number | null; fix?: string; retryAfterMs?: number | null; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'SourceError';
    this.status = options.status ?? null;
    this.fix = options.fix ?? '';
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** A thing that decides which version is served: flag, registry label or config pin. T is its target in the workspace. */
/**
 * `everything` waits for author and time of the last change too, where those take a call of their own; `rules` gives them only when
 * they are known already: a press waits for nothing but the rules.
 */
export type ReadScope = 'everything' | 'rules';

export type Lever<T> = {
  readonly capabilities: LeverCapabilities;
  /** `control` and `candidate` name the versions, so that the state can be expressed in versions. Throws SourceError. */
  read(target: T, versions: LeverVersions, signal?: AbortSignal, scope?: ReadScope): Promise<LeverRead>;
  /** Pure: what the operation would do to the state read. */
  plan(target: T, versions: LeverVersions, read: LeverRead, operation: LeverOperation): LeverPlan;
  /** One write, own short deadline, no retry, no redirect, no kept-alive connection. Never throws. */
  write(target: T, versions: LeverVersions, request: WriteRequest): Promise<WriteOutcome>;
  /** Pure: does the state read show that the operation is in effect? */
  isInEffect(
    target: T,
    versions: LeverVersions,
    read: LeverRead,
    operation: LeverOperation,
    restored?: unknown,
  ): boolean;
  /** Changes the provider recorded for this target; newest first. Empty where it keeps none. */
  events(target: T, window: Window): Promise<Change[]>;
  consoleUrl(target: T): string | null;
};
export type LeverVersions = {
  readonly control: string;
  readonly candidate: string | null;
  readonly all: readonly string[];
};

export type FlagLever = Lever<FlagTarget>;
export type RegistryLever = Lever<RegistryTarget> & {
  versions(target: RegistryTarget): Promise<
    {
      id: string;
      text: string | null;
      author: string | null;
      message: string | null;
      createdAtMs: number | null;
    }[]
  >;
};
export type ConfigLever = Lever<ConfigTarget>;

/** One bucket of one version's counts as a metrics system gives them. Fractions are normal (extrapolation). */
export type MetricBucket = {
  readonly startMs: number;
  readonly numerator: number | null;
  readonly denominator: number | null;
  /** csat only. */
  readonly sumSquares: number | null;
};

export type MetricsQuery = {
  readonly signal: SignalId;
  readonly templates: Extract<SignalSource, { source: string }>;
  readonly prompt: string;
  readonly version: string;
  /** 'all' or one cohort. */
  readonly cohort: string;
  readonly window: Window;
  readonly bucketMs: number;
};

export type MetricsAnswer = {
  readonly buckets: readonly MetricBucket[];
  readonly dataUpToMs: number | null;
  /** Provider warnings about partial data; shown. */
  readonly warnings: readonly string[];
};

/** Time of the newest sample (epoch ms); `none`: no sample in the source's look-back; `untold`: the source cannot say. */
export type NewestSample = number | 'none' | 'untold';

export type MetricsReader = {
  /** Range query: one bucket per step. Throws SourceError. */
  range(query: MetricsQuery, signal?: AbortSignal): Promise<MetricsAnswer>;
  /** Instant query: the whole window as one bucket. Throws SourceError. */
  instant(query: MetricsQuery, signal?: AbortSignal): Promise<MetricsAnswer>;
  /** How old what stands behind a query is at present, for numerator and denominator apart. Throws SourceError. */
  newest(
    query: MetricsQuery,
    signal?: AbortSignal,
  ): Promise<{ readonly numerator: NewestSample; readonly denominator: NewestSample }>;
  queryUrl(query: MetricsQuery): string | null;
};

export type NoticeOutcome = { readonly ok: boolean; readonly detail: string };

export type ChatPoster = {
  /** Plain text status line. Never throws; own deadline. */
  post(message: {
    readonly text: string;
    readonly channel: string | null;
    readonly incidentId: string | null;
  }): Promise<NoticeOutcome>;
};
export type Pager = {
  page(alert: {
    readonly summary: string;
    readonly severity: string;
    readonly incidentId: string | null;
    readonly promptId: string;
    readonly owner: string | null;
    readonly service: string | null;
    readonly dedupKey: string;
  }): Promise<NoticeOutcome>;
};

/** One flag of the built-in flag board in one environment. Weights are basis points and add up to 10,000. */
export type BoardFlag = {
  readonly key: string;
  readonly environment: string;
  readonly enabled: boolean;
  /** Served while the flag is off; null = the asking code's own default. */
  readonly offVariant: string | null;
  readonly variants: readonly {
    readonly name: string;
    readonly value: string | number | boolean | Record<string, unknown>;
    readonly weight: number;
  }[];
};

/** The built-in flag store, for parts of the engine that seed it (the demonstration) and for tests. */
export type FlagBoard = {
  /** OFREP base, e.g. http://127.0.0.1:4711; evaluate with POST `${url}/ofrep/v1/evaluate/flags/{key}`. */
  readonly url: string;
  /** Creates the flag where it does not exist yet; an existing one is left as it is. */
  ensureFlag(flag: BoardFlag): Promise<BoardFlag>;
  /** Makes the flag exactly this, whatever it was. */
  setFlag(flag: BoardFlag, by: string, comment?: string): Promise<BoardFlag>;
  flag(key: string, environment: string): BoardFlag | null;
  /** The variant that a targeting key gets from these rules, as an SDK that evaluates by itself works it out; null = the code's own default. */
  evaluate(flag: BoardFlag, targetingKey: string): string | null;
  /** Called after each change, with the flag as it is from then on. Returns the unsubscribe. */
  onChange(listener: (flag: BoardFlag, changedAtMs: number) => void): () => void;
};

/** What a label or a pin points to. Weights are basis points and add up to 10,000; one version with all of it is the usual case. */
export type Pointer = {
  readonly name: string;
  readonly place: string;
  readonly versions: readonly { readonly version: string; readonly weight: number }[];
};

/** The service side of the built-in registry and config store: how services in this process read them, and how people change them. */
export type PointerBoard = {
  set(pointer: Pointer, by: string, comment?: string): Promise<void>;
  /** The version that a user gets. */
  versionFor(pointer: Pointer, user: string): string;
  /** Called after each change. Returns the unsubscribe. */
  onChange(listener: (pointer: Pointer, changedAtMs: number) => void): () => void;
};

/** A post or a page that a drill sent to nobody. */
export type PracticeNotice = { readonly atMs: number; readonly kind: 'post' | 'page'; readonly text: string };

/** What `create` hands back: the kinds this source serves. */
export type SourceInstance = {
  readonly flags?: FlagLever;
  readonly registry?: RegistryLever;
  readonly config?: ConfigLever;
  readonly metrics?: MetricsReader;
  readonly chat?: ChatPoster;
  readonly paging?: Pager;
  /** Only on the built-in flag board. */
  readonly board?: FlagBoard;
  /** Only on the built-in registry and config store. */
  readonly pointers?: PointerBoard;
  /** Only on the practice channel: what it took, oldest first. */
  readonly notices?: () => readonly PracticeNotice[];
  readonly baseUrl: string | null;
  /** Cheap liveness probe used for source health; throws SourceError. */
  probe(signal?: AbortSignal): Promise<void>;
  /** The Test button: reads, permissions, never a write to a flag. */
  test(): Promise<SourceTest>;
  close(): Promise<void>;
};

/** One folder per system exports one of these; registry.ts lists them. */
export type ConnectorDescriptor<S = unknown> = {
  readonly id: string;
  readonly title: string;
  readonly kinds: readonly SourceKind[];
  readonly settings: z.ZodType<S>;
  readonly leastPrivilegeHint: string;
  readonly refreshIntervalMs: number;
  create(source: { readonly id: string; readonly settings: S }, deps: ConnectorDeps): Promise<SourceInstance>;
};
