import type { Generated } from 'kysely';

/**
 * Columns of the record store. Times are epoch ms; bodies are JSON text, so that SQLite and PostgreSQL hold the same rows
 * and a field added to a body needs no migration. What is searched by has a column of its own.
 */
export type RecordTables = {
  migrations: { id: number; name: string; applied_at_ms: number };
  incidents: {
    id: string;
    prompt_id: string;
    status: string;
    declared_at_ms: number;
    body: string;
    /** Who last changed what of it, by path. */
    changes: Generated<string>;
  };
  timeline: {
    id: string;
    incident_id: string;
    at_ms: number;
    recorded_at_ms: number;
    kind: string;
    by_whom: string;
    text: string;
  };
  rollbacks: {
    operation_id: string;
    prompt_id: string;
    incident_id: string | null;
    state: string;
    pressed_at_ms: number;
    settled_at_ms: number | null;
    body: string;
    /** The engine that carries it out; null = the only one there is. */
    engine: string | null;
  };
  /** Batches that came through a team's database, so that one whose answer was lost is not written twice. */
  applied_batches: { id: string; at_ms: number };
  /** Audit entries that came from another record, by the hash they had there. */
  imported_audit: { origin: string; seq: number };
  snapshots: { id: string; prompt_id: string; taken_at_ms: number; body: string };
  operations: {
    operation_id: string;
    kind: string;
    subject: string;
    actor: string;
    at_ms: number;
    result: string;
  };
  policy_actions: { id: string; prompt_id: string; state: string; announced_at_ms: number; body: string };
  incident_facts: {
    incident_id: string;
    prompt_id: string;
    prompt_title: string;
    team: string | null;
    service: string | null;
    trigger_kind: string;
    signal: string | null;
    lever: string | null;
    severity: string;
    status: string;
    declared_at_ms: number;
    closed_at_ms: number | null;
    week_start_ms: number;
    detect_ms: number | null;
    identify_ms: number | null;
    decide_ms: number | null;
    rollback_ms: number | null;
    verify_ms: number | null;
    note_ms: number | null;
    eval_ms: number | null;
    to_rollback_ms: number | null;
    to_recover_ms: number | null;
    total_ms: number | null;
    /** 0 or 1, as both databases have a small integer. */
    is_drill: number;
    recurrence_of: string | null;
    has_eval_case: number | null;
    /** proven, waived, missing, not-owed; null = not known, not worked out yet, or open. */
    eval_outcome: string | null;
    has_waiver: number | null;
    bad_conversations: number | null;
  };
  /** Incidents whose facts are out of date; `marks` counts the changes since they were worked out. */
  incident_facts_due: { incident_id: string; marks: number };
  eval_cases: {
    id: string;
    incident_id: string;
    prompt_id: string;
    state: string;
    created_at_ms: number;
    body: string;
  };
  postmortems: { incident_id: string; changed_at_ms: number; body: string };
  action_items: {
    id: string;
    incident_id: string;
    prompt_id: string;
    state: string;
    due_on: string | null;
    created_at_ms: number;
    body: string;
  };
  drills: {
    drill_id: string;
    scenario_id: string;
    cast_prompt_id: string | null;
    outcome: string;
    started_at_ms: number;
    ended_at_ms: number;
    body: string;
  };
  /** Recorded incidents that can be replayed, each under the id of the scenario it makes. */
  drill_bundles: {
    scenario_id: string;
    bundle_of: string;
    added_at_ms: number;
    added_by: string;
    body: string;
  };
  audit: {
    seq: number;
    prev_hash: string;
    hash: string;
    at_ms: number;
    monotonic_ms: number;
    machine: string;
    actor: string;
    via: string;
    operation_id: string | null;
    phase: string;
    what: string;
    before: string;
    after: string;
  };
};
