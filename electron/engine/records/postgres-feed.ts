import { sql, type Kysely, type Transaction } from 'kysely';
import pg from 'pg';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { anyAborted } from '../live/any-aborted.ts';
import type { ChangedElsewhere } from './kind.ts';
import { CONNECT_TIMEOUT_MS } from './postgres-place.ts';
import type { RecordsLog } from './records-log.ts';
import type { RecordTables } from './tables.ts';

const CHANNEL = 'fusebox_records';
/** What is said and not kept: who is where. */
const TALK_CHANNEL = 'fusebox_talk';
/** PostgreSQL refuses a payload of 8000 bytes. */
const MAX_PAYLOAD_BYTES = 7_000;
const RECONNECT_AFTER_MS = 1_000;
/** A connection cut without a word is noticed by a question that stays unanswered. Real time. */
const PING_EVERY_MS = 5_000;
const PING_TIMEOUT_MS = 3_000;

const payloadSchema = z.object({
  from: z.string(),
  incidents: z.array(z.string()),
  rollbacks: z.array(z.string()),
  all: z.boolean(),
});

const talkSchema = z.object({ from: z.string(), text: z.string() });

/** Tells the other engines when this transaction commits: ids alone, they read for themselves. */
export async function tellOthers(
  trx: Transaction<RecordTables>,
  from: string,
  changed: ChangedElsewhere,
): Promise<void> {
  const full = JSON.stringify({ from, ...changed });
  const payload =
    Buffer.byteLength(full) < MAX_PAYLOAD_BYTES
      ? full
      : JSON.stringify({ from, incidents: [], rollbacks: [], all: true });
  await sql`select pg_notify(${CHANNEL}, ${payload})`.execute(trx);
}

/** Says something to whoever listens now; nothing is written. */
export async function passOn(db: Kysely<RecordTables>, from: string, text: string): Promise<void> {
  const payload = JSON.stringify({ from, text });
  if (Buffer.byteLength(payload) >= MAX_PAYLOAD_BYTES) return;
  await sql`select pg_notify(${TALK_CHANNEL}, ${payload})`.execute(db);
}

/**
 * Listens until `signal` aborts. After every connection, the first among them, it reports `all`: what changed while nobody listened
 * is read again, so that a dropped connection loses nothing.
 */
export async function followOthers(options: {
  url: () => Promise<string>;
  engineId: string;
  clock: Clock;
  log: RecordsLog;
  signal: AbortSignal;
  onChange: (changed: ChangedElsewhere) => void;
  onTold: (text: string) => void;
}): Promise<void> {
  const { engineId, clock, log, signal, onChange, onTold } = options;
  while (!signal.aborted) {
    try {
      await listen();
    } catch (error) {
      if (!signal.aborted)
        log.warn({ error: String(error) }, 'changes of other engines are not heard; trying again');
    }
    await clock.sleep(RECONNECT_AFTER_MS, signal).catch(() => undefined);
  }

  async function listen(): Promise<void> {
    const client = new pg.Client({
      connectionString: await options.url(),
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'fusebox listener',
    });
    const over = new AbortController();
    const end = () => over.abort();
    client.on('error', end);
    client.on('end', end);
    signal.addEventListener('abort', end, { once: true });
    client.on('notification', ({ channel, payload }) => {
      if (channel === TALK_CHANNEL) {
        const talk = talkSchema.safeParse(parsed(payload ?? ''));
        if (talk.success && talk.data.from !== engineId) onTold(talk.data.text);
        return;
      }
      const said = payloadSchema.safeParse(parsed(payload ?? ''));
      if (!said.success) onChange({ incidents: [], rollbacks: [], all: true });
      else if (said.data.from !== engineId) onChange(said.data);
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      await client.query(`listen ${TALK_CHANNEL}`);
      onChange({ incidents: [], rollbacks: [], all: true });
      while (!over.signal.aborted) {
        await anyAborted([over.signal, clock.deadline(PING_EVERY_MS)]);
        if (over.signal.aborted) return;
        const late = clock.deadline(PING_TIMEOUT_MS);
        await Promise.race([
          client.query('select 1'),
          anyAborted([late]).then(() => Promise.reject(new Error('no answer to a ping'))),
        ]);
      }
    } finally {
      signal.removeEventListener('abort', end);
      void client.end().catch(() => undefined);
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
