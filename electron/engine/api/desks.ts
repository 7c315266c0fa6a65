import type { Capabilities, EngineInfo } from '#shared/model/live.ts';
import type { Clock } from '../clock.ts';
import type { ConnectorLog } from '../connectors/kind.ts';
import type {
  Actor,
  AuditDesk,
  DemoDesk,
  Doctor,
  HistoryDesk,
  IncidentDesk,
  LeverDesk,
  LiveHub,
  PolicyDesk,
  RollbackDesk,
  SourceDesk,
  WatchDesk,
  WorkspaceDesk,
} from '../ports.ts';
import type { ActionItemDesk, NoteDesk, PostmortemDesk } from '../postmortem/kind.ts';
import type { EvalDesk } from '../evals/kind.ts';
import type { DrillDesk } from '../gameday/desk/kind.ts';
import type { EvidenceReader } from '../telemetry/kind.ts';
import type { PresenceDesk } from '../presence/kind.ts';
import type { Records } from '../records/kind.ts';
import type { Wave2Desk } from '../wave2/kind.ts';

/** Everything the API answers from. */
export type ApiDesks = {
  readonly clock: Clock;
  /** For which prompt a call is about, and the trail of those that were refused. */
  readonly records: Pick<
    Records,
    'incident' | 'rollback' | 'evalCases' | 'actionItems' | 'policyActions' | 'write'
  >;
  readonly log: ConnectorLog;
  readonly capabilities: Capabilities;
  readonly info: () => EngineInfo;
  readonly hub: LiveHub;
  readonly workspace: WorkspaceDesk;
  readonly sources: SourceDesk;
  readonly levers: LeverDesk;
  readonly evidence: EvidenceReader;
  readonly watch: WatchDesk;
  readonly incidents: IncidentDesk;
  readonly rollbacks: RollbackDesk;
  readonly presence: PresenceDesk;
  readonly policies: PolicyDesk;
  readonly notes: NoteDesk;
  readonly postmortems: PostmortemDesk;
  readonly actionItems: ActionItemDesk;
  readonly evals: EvalDesk;
  readonly wave2: Wave2Desk;
  readonly history: HistoryDesk;
  readonly audit: AuditDesk;
  /** Null in a real workspace. */
  readonly demo: () => DemoDesk | null;
  readonly drills: DrillDesk;
  readonly doctor: Doctor;
};

/** What a host hands over with every call: who asks. */
export type ApiContext = { readonly actor: Actor };
