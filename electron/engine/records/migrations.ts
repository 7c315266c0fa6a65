import { sql, type Transaction } from 'kysely';
import type { RecordTables } from './tables.ts';

export type Migration = {
  readonly id: number;
  readonly name: string;
  up(trx: Transaction<RecordTables>): Promise<void>;
};

/** In order; ids are never reused. Column types are those SQLite and PostgreSQL share. */
export const MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    name: 'incidents, rollbacks, snapshots, operations, audit',
    async up(trx) {
      await trx.schema
        .createTable('incidents')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('prompt_id', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('declared_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .execute();
      await trx.schema
        .createIndex('incidents_by_status')
        .on('incidents')
        .columns(['status', 'declared_at_ms'])
        .execute();
      await trx.schema
        .createTable('timeline')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('incident_id', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addColumn('recorded_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('by_whom', 'text', (column) => column.notNull())
        .addColumn('text', 'text', (column) => column.notNull())
        .execute();
      await trx.schema
        .createIndex('timeline_by_incident')
        .on('timeline')
        .columns(['incident_id', 'at_ms'])
        .execute();
      await trx.schema
        .createTable('rollbacks')
        .addColumn('operation_id', 'text', (column) => column.primaryKey())
        .addColumn('prompt_id', 'text', (column) => column.notNull())
        .addColumn('incident_id', 'text')
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('pressed_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('settled_at_ms', 'bigint')
        .addColumn('body', 'text', (column) => column.notNull())
        .execute();
      await trx.schema
        .createIndex('rollbacks_by_prompt')
        .on('rollbacks')
        .columns(['prompt_id', 'pressed_at_ms'])
        .execute();
      await trx.schema.createIndex('rollbacks_by_incident').on('rollbacks').column('incident_id').execute();
      await trx.schema
        .createTable('snapshots')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('prompt_id', 'text', (column) => column.notNull())
        .addColumn('taken_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .execute();
      await trx.schema
        .createTable('operations')
        .addColumn('operation_id', 'text', (column) => column.primaryKey())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addColumn('result', 'text', (column) => column.notNull())
        .execute();
      await trx.schema
        .createTable('audit')
        .addColumn('seq', 'bigint', (column) => column.primaryKey())
        .addColumn('prev_hash', 'text', (column) => column.notNull())
        .addColumn('hash', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addColumn('monotonic_ms', 'double precision', (column) => column.notNull())
        .addColumn('machine', 'text', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('via', 'text', (column) => column.notNull())
        .addColumn('operation_id', 'text')
        .addColumn('phase', 'text', (column) => column.notNull())
        .addColumn('what', 'text', (column) => column.notNull())
        .addColumn('before', 'text', (column) => column.notNull())
        .addColumn('after', 'text', (column) => column.notNull())
        .execute();
    },
  },
  {
    id: 2,
    name: 'policy actions',
    async up(trx) {
      await trx.schema
        .createTable('policy_actions')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('prompt_id', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('announced_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .execute();
    },
  },
  {
    id: 10,
    name: 'eval cases',
    async up(trx) {
      await trx.schema
        .createTable('eval_cases')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('incident_id', 'text', (column) => column.notNull())
        .addColumn('prompt_id', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .execute();
      await trx.schema.createIndex('eval_cases_by_incident').on('eval_cases').column('incident_id').execute();
    },
  },
  {
    id: 11,
    name: 'postmortems, action items',
    async up(trx) {
      await trx.schema
        .createTable('postmortems')
        .addColumn('incident_id', 'text', (column) => column.primaryKey())
        .addColumn('changed_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .execute();
      await trx.schema
        .createTable('action_items')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('incident_id', 'text', (column) => column.notNull())
        .addColumn('prompt_id', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('due_on', 'text')
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .execute();
      await trx.schema
        .createIndex('action_items_by_incident')
        .on('action_items')
        .column('incident_id')
        .execute();
      await trx.schema
        .createIndex('action_items_by_state')
        .on('action_items')
        .columns(['state', 'due_on'])
        .execute();
    },
  },
  {
    id: 12,
    name: 'facts of incidents for history',
    async up(trx) {
      const numbers = [
        'detect_ms',
        'identify_ms',
        'decide_ms',
        'rollback_ms',
        'verify_ms',
        'note_ms',
        'eval_ms',
        'to_rollback_ms',
        'to_recover_ms',
        'total_ms',
      ];
      const facts = trx.schema
        .createTable('incident_facts')
        .addColumn('incident_id', 'text', (column) => column.primaryKey())
        .addColumn('prompt_id', 'text', (column) => column.notNull())
        .addColumn('prompt_title', 'text', (column) => column.notNull())
        .addColumn('team', 'text')
        .addColumn('service', 'text')
        .addColumn('trigger_kind', 'text', (column) => column.notNull())
        .addColumn('signal', 'text')
        .addColumn('lever', 'text')
        .addColumn('severity', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('declared_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('closed_at_ms', 'bigint')
        .addColumn('week_start_ms', 'bigint', (column) => column.notNull())
        .addColumn('is_drill', 'integer', (column) => column.notNull())
        .addColumn('recurrence_of', 'text')
        .addColumn('has_eval_case', 'integer')
        .addColumn('has_waiver', 'integer')
        .addColumn('bad_conversations', 'bigint');
      await numbers.reduce((table, name) => table.addColumn(name, 'bigint'), facts).execute();
      await trx.schema
        .createIndex('incident_facts_by_time')
        .on('incident_facts')
        .column('declared_at_ms')
        .execute();
      await trx.schema
        .createIndex('incident_facts_by_prompt')
        .on('incident_facts')
        .columns(['prompt_id', 'declared_at_ms'])
        .execute();
      await trx.schema
        .createTable('incident_facts_due')
        .addColumn('incident_id', 'text', (column) => column.primaryKey())
        .addColumn('marks', 'integer', (column) => column.notNull())
        .execute();
      // The facts of what is already there need more than SQL can see: they are worked out by the engine, oldest first.
      await trx
        .insertInto('incident_facts_due')
        .columns(['incident_id', 'marks'])
        .expression(trx.selectFrom('incidents').select(['id', sql<number>`1`.as('marks')]))
        .execute();
    },
  },
  {
    id: 13,
    name: 'several engines on one record',
    async up(trx) {
      await trx.schema
        .alterTable('incidents')
        .addColumn('changes', 'text', (column) => column.notNull().defaultTo('{}'))
        .execute();
      await trx.schema.alterTable('rollbacks').addColumn('engine', 'text').execute();
      await trx.schema
        .createTable('applied_batches')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  {
    id: 14,
    name: 'audit entries of other records',
    async up(trx) {
      await trx.schema
        .createTable('imported_audit')
        .addColumn('origin', 'text', (column) => column.primaryKey())
        .addColumn('seq', 'bigint', (column) => column.notNull())
        .execute();
      await trx.schema.createIndex('imported_audit_by_seq').on('imported_audit').column('seq').execute();
      await trx.schema.createIndex('audit_by_hash').on('audit').column('hash').execute();
    },
  },
  {
    id: 40,
    name: 'what became of each eval case',
    async up(trx) {
      await trx.schema.alterTable('incident_facts').addColumn('eval_outcome', 'text').execute();
      // A proven case stays proven; of the others it is to be said again whether one was owed or waived.
      await trx
        .updateTable('incident_facts')
        .set({ eval_outcome: 'proven' })
        .where('has_eval_case', '=', 1)
        .execute();
      await trx
        .insertInto('incident_facts_due')
        .columns(['incident_id', 'marks'])
        .expression((on) =>
          on
            .selectFrom('incident_facts')
            .innerJoin('incidents', 'incidents.id', 'incident_facts.incident_id')
            .leftJoin('incident_facts_due as due', 'due.incident_id', 'incident_facts.incident_id')
            .select(['incident_facts.incident_id', sql<number>`1`.as('marks')])
            .where('incident_facts.status', '=', 'closed')
            .where('incident_facts.eval_outcome', 'is', null)
            .where('due.incident_id', 'is', null),
        )
        .execute();
    },
  },
  {
    id: 60,
    name: 'drills',
    async up(trx) {
      await trx.schema
        .createTable('drills')
        .addColumn('drill_id', 'text', (column) => column.primaryKey())
        .addColumn('scenario_id', 'text', (column) => column.notNull())
        .addColumn('cast_prompt_id', 'text')
        .addColumn('outcome', 'text', (column) => column.notNull())
        .addColumn('started_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('ended_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .execute();
      await trx.schema.createIndex('drills_by_time').on('drills').column('started_at_ms').execute();
    },
  },
  {
    id: 61,
    name: 'recorded incidents that can be replayed',
    async up(trx) {
      await trx.schema
        .createTable('drill_bundles')
        .addColumn('scenario_id', 'text', (column) => column.primaryKey())
        .addColumn('bundle_of', 'text', (column) => column.notNull())
        .addColumn('added_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('added_by', 'text', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .execute();
    },
  },
];
