/**
 * What the engine's modules offer each other and the API. Modules depend on these types, never on each other's insides;
 * app.ts builds the real ones and hands them round.
 */
import type { DoctorFinding } from '#shared/contract/contract.ts';
import type {
  Alarm,
  CertaintySeries,
  Culprit,
  EvidenceReading,
  PolicyAction,
  StreamId,
} from '#shared/model/detection.ts';
import type { Change, Window } from '#shared/model/evidence.ts';
import type {
  DecisionOutcome,
  DecisionQuestion,
  Incident,
  OutsideFinding,
  Seat,
  Severity,
  TimelineKind,
  Triage,
  Trigger,
} from '#shared/model/incident.ts';
import type { HistoryFilter, HistoryGroup, HistoryPage, HistorySummary } from '#shared/model/history.ts';
import type { DemoState, LiveChange, LiveMessage } from '#shared/model/live.ts';
import type { LeverKind, LeverState, PromptStatus, PromptVersion } from '#shared/model/prompt.ts';
import type { Rollback, RollbackPlan } from '#shared/model/rollback.ts';
import type { SignalComparison, SignalId } from '#shared/model/signal.ts';
import type { SourceHealth, SourceTest } from '#shared/model/source.ts';
import type { SignalSeries } from '#shared/model/evidence.ts';
import type { Workspace, WorkspacePrompt } from '#shared/model/workspace.ts';
import type { SourceInstance } from './connectors/kind.ts';
import type { HistoryPageQuery } from './records/history-store.ts';
import type { AuditAnchor, AuditVerdict } from './records/kind.ts';

/** Where modules announce that an entity changed. Cheap to call often: the hub coalesces. */
export type LivePublisher = { publish(change: LiveChange): void };
export type LiveHub = LivePublisher & {
  /** Ends when `signal` aborts. First message is a snapshot. `shown` makes of each message what this reader may see. */
  subscribe(
    signal: AbortSignal | undefined,
    shown?: (message: LiveMessage) => LiveMessage,
  ): AsyncGenerator<LiveMessage, void, void>;
  close(): void;
};

/** Who asked, for the record and the audit trail. */
export type Actor = { readonly name: string; readonly via: 'page' | 'cli' | 'engine' };

/** An expected refusal; the API turns it into the contract's typed error of the same code. */
export class CommandError extends Error {
  readonly code: 'NOT_FOUND' | 'CHANGED_SINCE_SHOWN' | 'REFUSED' | 'SOURCE_UNAVAILABLE';
  readonly data: Record<string, unknown>;
  constructor(code: CommandError['code'], message: string, data: Record<string, unknown>) {
    super(message);
    this.name = 'CommandError';
    this.code = code;
    this.data = data;
  }
}

/** The workspace as loaded, with the problems found; a broken file keeps the last good one (or an empty one) and says why. */
export type WorkspaceDesk = {
  current(): Workspace;
  prompt(promptId: string): WorkspacePrompt | null;
  /** Versions known from the file (texts read from disk), newest last. */
  versions(promptId: string): Promise<PromptVersion[]>;
  problems(): { line: number | null; path: string; message: string; fix: string }[];
  readonly path: string | null;
};

/** Configured sources: instances by id, their health, the Test button. */
export type SourceDesk = {
  instance(sourceId: string): SourceInstance | null;
  list(): SourceHealth[];
  test(sourceId: string): Promise<SourceTest>;
  /** Runs a call against a source and books its latency, success or failure into the source's health. */
  observe<T>(sourceId: string, call: () => Promise<T>): Promise<T>;
  start(): void;
  stop(): Promise<void>;
};

/** Live state of each prompt's lever, read in the background. */
export type LeverDesk = {
  /** Last read, or null before the first; with the error of the last attempt. */
  last(promptId: string): { state: LeverState | null; error: string | null };
  refresh(promptId: string): Promise<LeverState>;
  events(promptId: string, window: Window): Promise<Change[]>;
};

/** The watch loop's findings. */
export type WatchDesk = {
  prompts(): PromptStatus[];
  comparisons(query: {
    promptId: string;
    cohort: string;
    candidate: string | null;
    window: Window | null;
  }): Promise<SignalComparison[]>;
  series(query: {
    promptId: string;
    signal: SignalId;
    cohort: string;
    window: Window;
    bucketMs: number | null;
    incident: Incident | null;
  }): Promise<SignalSeries>;
  /** The detector's evidence of one stream over the window, as far back as it is kept; empty without a candidate. */
  certainty(query: {
    promptId: string;
    signal: StreamId;
    cohort: string;
    window: Window;
  }): Promise<CertaintySeries>;
  /** The policies of a prompt announced, did or dropped something: its row is published again. */
  policyChanged(promptId: string): void;
  /** One turn of the loop; called by the loop itself and by tests. */
  tick(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
};

export type Command = { readonly operationId: string; readonly actor: Actor };
/** On one incident; `revisionShown` = what its sender saw of it, where they can say. */
export type IncidentCommand = Command & { readonly incidentId: string; readonly revisionShown?: string };

/** Incidents: lifecycle, timeline, loop clocks, decision, closing. Returns the incident as it is afterwards. */
export type IncidentDesk = {
  list(query: { status: 'open' | 'closed' | 'any'; limit: number }): Promise<Incident[]>;
  get(incidentId: string): Promise<Incident>;
  openFor(promptId: string): Incident | null;
  open(): Incident[];
  /** By alarm: opens (or returns) the prompt's open incident; idempotent per prompt and bad version. */
  alarm(input: {
    promptId: string;
    trigger: Trigger;
    badVersion: string | null;
    badSha: string | null;
    /** Where a rollback goes; absent = the workspace's control. */
    goodVersion?: string;
    cohort: string;
    shippedAtMs: number | null;
    signals: SignalComparison[];
    alarm: Alarm;
    evidence: EvidenceReading[];
    /** Null while what changed is not known yet. */
    culprit: Culprit | null;
  }): Promise<Incident>;
  declare(
    input: Command & { promptId: string; reason: string; severity: Severity | null },
  ): Promise<Incident>;
  identify(input: IncidentCommand & { version: string }): Promise<Incident>;
  triage(input: IncidentCommand & { triage: Triage }): Promise<Incident>;
  setSeverity(input: IncidentCommand & { severity: Severity }): Promise<Incident>;
  answer(
    input: IncidentCommand & { question: DecisionQuestion; answer: 'yes' | 'no' | 'unknown' },
  ): Promise<Incident>;
  decide(input: IncidentCommand & { outcome: DecisionOutcome }): Promise<Incident>;
  setSeat(input: IncidentCommand & { seat: Seat; name: string | null }): Promise<Incident>;
  handOver(input: IncidentCommand & { to: string; text: string }): Promise<Incident>;
  note(input: Command & { incidentId: string; text: string; atMs: number | null }): Promise<Incident>;
  close(input: IncidentCommand & { summary: string }): Promise<Incident>;
  /** Fresh evidence from the watch loop: signals, decision suggestions, verification. */
  observe(
    incidentId: string,
    findings: {
      readonly signals: SignalComparison[];
      readonly evidence: readonly EvidenceReading[];
      /** Null = as before. */
      readonly culprit: Culprit | null;
      /** Absent = as before; null = nothing speaks for a cause outside the prompt. */
      readonly outside?: OutsideFinding | null;
    },
  ): Promise<void>;
  append(
    incidentId: string,
    entry: { kind: TimelineKind; by: string; text: string; atMs: number },
  ): Promise<void>;
};

/** The rollback machine. */
export type RollbackDesk = {
  plan(input: { promptId: string; lever: LeverKind | null; toVersion: string | null }): Promise<RollbackPlan>;
  press(
    input: Command & {
      promptId: string;
      incidentId: string | null;
      lever: LeverKind;
      toVersion: string;
      revisionShown: string | null;
      reason: string | null;
      held: boolean;
      waitMs: number;
    },
  ): Promise<Rollback>;
  undo(
    input: Command & { undoes: string; held: boolean; reason: string | null; waitMs: number },
  ): Promise<Rollback>;
  pauseRamp(
    input: Command & { promptId: string; incidentId: string | null; share01: number; waitMs: number },
  ): Promise<Rollback>;
  get(operationId: string): Promise<Rollback>;
  /** At start: every operation without a settled state is read back, never re-sent. */
  recover(): Promise<void>;
  stop(): Promise<void>;
};

/** What the cockpit does by itself where a team switched it on: announced, vetoable, carried out by the rollback machine. */
export type PolicyDesk = {
  /** Of the prompt's present candidate, newest first. */
  actions(promptId: string): PolicyAction[];
  /** Throws CommandError NOT_FOUND, or REFUSED when it is too late. */
  veto(input: Command & { policyActionId: string }): Promise<PolicyAction>;
  onAlarm(input: {
    promptId: string;
    alarm: Alarm;
    candidate: string;
    /** Null for a WATCH, which opens no incident. */
    incidentId: string | null;
    /** The first of its signal in this period: worth a line in the channel. */
    isFirst?: boolean;
    /** Of a version that nothing runs beside: told, and nothing is done by itself. */
    isAlone?: boolean;
  }): Promise<void>;
  start(): void;
  stop(): Promise<void>;
};

/** What incidents came to over weeks. */
export type HistoryDesk = {
  summary(query: {
    readonly filter: HistoryFilter;
    readonly groupBy: HistoryGroup;
    readonly withMeans: boolean;
  }): Promise<HistorySummary>;
  incidents(query: HistoryPageQuery): Promise<HistoryPage>;
  /** Begins to work out what is out of date. */
  start(): void;
  stop(): Promise<void>;
};

/** The audit trail as a whole. */
export type AuditDesk = {
  head(): Promise<AuditAnchor | null>;
  verify(anchors: readonly AuditAnchor[]): Promise<AuditVerdict>;
  /** Posts the head to a chat source. Throws CommandError REFUSED or SOURCE_UNAVAILABLE. */
  post(input: Command & { source: string; channel: string | null }): Promise<AuditAnchor>;
};

/** The built-in demonstration; null in a real workspace. */
export type DemoDesk = {
  state(): DemoState;
  startRegression(): Promise<DemoState>;
  reset(): Promise<DemoState>;
  setSpeed(speed: 1 | 10): Promise<DemoState>;
  setStaleWorkers(count: number): Promise<DemoState>;
  stop(): Promise<void>;
};

export type Doctor = { examine(): Promise<DoctorFinding[]> };
