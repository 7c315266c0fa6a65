import type { EvalCaseWrite } from './eval-store.ts';
import type { ActionItemWrite, PostmortemWrite } from './aftermath-rows.ts';
import type { RollbackFacts } from '#shared/domain/rollback/machine.ts';
import type { ActionItem } from '#shared/model/action-item.ts';
import type { Aftermath } from '#shared/model/closing.ts';
import type { DrillReport } from '#shared/model/drill.ts';
import type { PolicyAction } from '#shared/model/detection.ts';
import type { EvalCase, EvalStanding, EvalState } from '#shared/model/eval-case.ts';
import type {
  Decision,
  DecisionAnswer,
  Incident,
  TimelineEntry,
  Verification,
} from '#shared/model/incident.ts';
import type { PostmortemRecord } from '#shared/model/postmortem.ts';
import type { LeverState } from '#shared/model/prompt.ts';
import type { Rollback } from '#shared/model/rollback.ts';
import type { MeanCounts } from '#shared/model/signal.ts';
import type { Wave2 } from '#shared/model/wave2.ts';
import type { FactsRecord } from './history-store.ts';
import type { IncidentWrite } from './incident-rows.ts';
import type { HistoryReader } from './history-reader.ts';

/** An incident's own facts. Steps, advice and blockers are worked out from these; timeline and rollbacks have their own tables. */
export type IncidentRecord = Pick<
  Incident,
  | 'id'
  | 'promptId'
  | 'promptTitle'
  | 'severity'
  | 'status'
  | 'trigger'
  | 'badVersion'
  | 'badSha'
  | 'goodVersion'
  | 'noWayBack'
  | 'cohort'
  | 'shippedAtMs'
  | 'declaredAtMs'
  | 'declaredBy'
  | 'driver'
  | 'triage'
  | 'signals'
  | 'alarm'
  | 'evidence'
  | 'culprit'
  | 'outside'
  | 'badConversations'
  | 'summary'
  | 'closedAtMs'
  | 'closedBy'
> & {
  readonly identifiedAtMs: number | null;
  /** Absent in records from before there was a second seat. */
  readonly scribe?: string | null;
  readonly answers: DecisionAnswer[];
  readonly decided: Decision['recorded'];
  readonly verification: Verification | null;
  /** What the incident was judged against, frozen at the flip: rates as fractions per signal. Null before a flip. */
  readonly references: IncidentReferences | null;
  /** Absent in records from before the aftermath was kept. */
  readonly aftermath?: Aftermath;
  /** Absent = no eval case was begun. */
  readonly evals?: EvalStanding;
  /** Absent = there was no second wave. */
  readonly wave2?: Wave2;
};

/** Baseline (control before the flip) and incident (bad version) rates, 0..1, with the counts they rest on. */
export type IncidentReferences = {
  readonly takenAtMs: number;
  readonly operationId: string;
  readonly complaints: RateReference | null;
  readonly downstream: RateReference | null;
  /** Absent in records from before these were verified. */
  readonly safety?: RateReference | null;
  readonly csat?: ScoreReference | null;
};
export type ScoreReference = { readonly baseline: MeanCounts; readonly incident: MeanCounts };
export type RateReference = {
  readonly baseline: { readonly conversations: number; readonly events: number };
  readonly incident: { readonly conversations: number; readonly events: number };
};

/** A rollback with what the machine needs beyond what people see, so that a restart knows where it stood. */
export type RollbackRecord = {
  readonly rollback: Rollback;
  readonly machine: RollbackFacts;
};
/** A provider's own state before a write, enough to put it back. */
export type SnapshotRecord = {
  readonly id: string;
  readonly promptId: string;
  readonly takenAtMs: number;
  readonly state: LeverState;
  readonly body: unknown;
};

/** What a policy announced and what became of it, with what a restart needs to go on. */
export type PolicyActionRecord = {
  readonly action: PolicyAction;
  /** The engine of a team's record that carries it out; null on a record of one machine. */
  readonly engineId: string | null;
  readonly candidate: string;
  readonly incidentId: string | null;
  /** Length of the time for a veto as it was announced. */
  readonly vetoMs: number;
  /** The newest alarm that belongs to the same episode. */
  readonly lastAlarmAtMs: number;
  /** The lever as it was when this was announced; null = not read. */
  readonly revisionShown: string | null;
};

/** An eval case with the operation that made it, so that a repeat of that finds it. */
export type EvalCaseRecord = { readonly case: EvalCase; readonly createdByOperation: string };
export type EvalCaseQuery = {
  readonly id?: string;
  readonly incidentId?: string;
  readonly promptId?: string;
  readonly state?: EvalState;
};

/** A command applied once. `result` is what a repeat is answered with. */
export type OperationRecord = {
  readonly operationId: string;
  readonly kind: string;
  /** The incident, rollback or prompt it was about. */
  readonly subject: string;
  readonly actor: string;
  readonly atMs: number;
  readonly result: OperationResult;
};
export type OperationResult =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      readonly data: Record<string, unknown>;
    };

/** One line of the audit trail before it is chained. `before` and `after` are plain JSON. */
export type AuditFact = {
  readonly atMs: number;
  readonly monotonicMs: number;
  readonly actor: string;
  readonly via: string;
  readonly operationId: string | null;
  readonly phase: 'intent' | 'outcome' | 'fact';
  readonly what: string;
  readonly before: unknown;
  readonly after: unknown;
};
export type AuditEntry = AuditFact & {
  readonly seq: number;
  readonly prevHash: string;
  readonly hash: string;
  readonly machine: string;
};

/** A (sequence, hash) pair kept outside the record file, which proves that the trail reached that far. */
export type AuditAnchor = { readonly seq: number; readonly hash: string };

export type AuditVerdict = {
  readonly entries: number;
  readonly head: AuditAnchor | null;
  /** The first entry that does not fit, in plain words. */
  readonly firstBad: { readonly seq: number; readonly problem: string } | null;
  /** Operation ids whose intent has no outcome: each is a finding of its own. */
  readonly openIntents: readonly string[];
  /** A chain alone cannot show that its tail was cut or all of it rebuilt; an outside anchor can, up to its own entry. */
  readonly tail: 'proven' | 'broken' | 'not-proven';
  readonly sentence: string;
};

/** A drill that is over. `facts` are those of its incidents, for the figures of drills. */
export type DrillRecord = { readonly report: DrillReport; readonly facts: readonly FactsRecord['facts'][] };
export type DrillQuery = {
  readonly drillId?: string;
  /** Only those that a prompt of the workspace was cast in. */
  readonly isCast?: boolean;
  /** Only those that this prompt was cast in. */
  readonly castPromptId?: string;
  readonly outcome?: DrillReport['outcome'];
  readonly limit: number;
};
/** A recorded incident that can be replayed, under the id of the scenario it makes. */
export type DrillBundleRecord = {
  readonly scenarioId: string;
  /** The incident it was made from. */
  readonly bundleOf: string;
  readonly addedAtMs: number;
  readonly addedBy: string;
  readonly text: string;
};

export type RecordEntry =
  | ({ readonly kind: 'incident' } & IncidentWrite)
  | { readonly kind: 'timeline'; readonly value: TimelineEntry }
  | { readonly kind: 'rollback'; readonly value: RollbackRecord }
  | { readonly kind: 'snapshot'; readonly value: SnapshotRecord }
  | { readonly kind: 'operation'; readonly value: OperationRecord }
  | { readonly kind: 'policy-action'; readonly value: PolicyActionRecord }
  | { readonly kind: 'facts'; readonly value: FactsRecord }
  | ({ readonly kind: 'postmortem' } & PostmortemWrite)
  | ({ readonly kind: 'action-item' } & ActionItemWrite)
  | { readonly kind: 'drill'; readonly value: DrillRecord }
  | { readonly kind: 'drill-bundle'; readonly value: DrillBundleRecord }
  | ({ readonly kind: 'eval-case' } & EvalCaseWrite)
  | { readonly kind: 'audit'; readonly value: AuditFact };

export type RollbackQuery = {
  readonly incidentId?: string;
  readonly promptId?: string;
  /** Only those still on their way (no `settledAtMs`). */
  readonly unsettled?: boolean;
  /** Only those pressed at or after. */
  readonly sinceMs?: number;
  readonly state?: Rollback['state'];
  /** At most so many, the newest; still oldest first. */
  readonly newest?: number;
  /** By which of the engines on this record: this one, or this one and those that are gone. */
  readonly carriedBy?: 'me' | 'me-or-nobody';
};

/** Ids of what other engines have changed; `all` = anything may have been, after a time without news. */
export type ChangedElsewhere = {
  readonly incidents: readonly string[];
  readonly rollbacks: readonly string[];
  readonly all: boolean;
};

/** What the rest of the engine may ask of the record store. */
export type Records = {
  /** Who writes here, among the engines of a team's record, the same after a restart; null on a record of one machine. */
  readonly engineId: string | null;
  /**
   * Writes the entries in one transaction; on disk when it resolves. Repeating an entry with the same id replaces it
   * (an operation keeps its first result). When the disk is full or the file unwritable the entries are kept in memory,
   * `problem()` says so, reads include them, and they are written as soon as it works again: never throws for that. While a team's
   * database is away they are kept in a file. Throws RecordConflictError or OperationDoneError when another engine was first.
   */
  write(entries: readonly RecordEntry[]): Promise<void>;
  incident(id: string): Promise<IncidentRecord | null>;
  /** Newest first. */
  incidents(query: { status: 'open' | 'closed' | 'any'; limit: number }): Promise<IncidentRecord[]>;
  /** Oldest first by event time. */
  timeline(incidentId: string): Promise<TimelineEntry[]>;
  rollback(operationId: string): Promise<RollbackRecord | null>;
  /** Oldest first. */
  rollbacks(query: RollbackQuery): Promise<RollbackRecord[]>;
  snapshot(id: string): Promise<SnapshotRecord | null>;
  operation(operationId: string): Promise<OperationRecord | null>;
  /** Oldest first by announcement; those announced at or after, and every one that is not over. */
  policyActions(query: { sinceMs: number }): Promise<PolicyActionRecord[]>;
  /** What people wrote of an incident's postmortem; null = nothing yet. */
  postmortem(incidentId: string): Promise<PostmortemRecord | null>;
  /** Oldest first; of one incident, or of all. */
  actionItems(query: { incidentId?: string; unfinished?: boolean }): Promise<ActionItem[]>;
  /** Oldest first. */
  evalCases(query: EvalCaseQuery): Promise<EvalCaseRecord[]>;
  /** Newest first. */
  drills(query: DrillQuery): Promise<DrillRecord[]>;
  /** By scenario id. */
  drillBundles(): Promise<DrillBundleRecord[]>;
  /** Ascending by sequence. */
  audit(query: { fromSeq: number; limit: number }): Promise<AuditEntry[]>;
  verifyAudit(anchors?: readonly AuditAnchor[]): Promise<AuditVerdict>;
  readonly history: HistoryReader;
  /** Sequence and hash of the newest audit entry, for anchors outside. */
  auditHead(): Promise<AuditAnchor | null>;
  /** Non-null = something about the store a person must know (unwritable, started anew after damage). */
  problem(): string | null;
  /** What other engines have changed, and what this one's writes were merged with. Never called for a file. */
  onChangedElsewhere(listener: (changed: ChangedElsewhere) => void): void;
  /** Tells the other engines of a team something that is not worth a row; to nobody where the record is a file's. Never throws. */
  tell(text: string): void;
  onTold(listener: (text: string) => void): void;
  /** How many writes wait in memory. */
  readonly pendingWrites: number;
  close(): Promise<void>;
};
