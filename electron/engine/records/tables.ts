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
  };
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
