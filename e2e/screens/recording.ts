import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { liveMessageSchema } from '#shared/model/live.ts';

/**
 * What a page needs to draw one moment again: the first message of its feed, and the answer to every question it asked.
 * Recorded from the real engine (`record.ts`), never written by hand.
 */
export type Recording = {
  readonly name: string;
  /** Whose engine it was; absent = the team's. */
  readonly world?: 'team' | 'drill';
  /** The engine's clock at that moment; it stands still when replayed. */
  readonly nowMs: number;
  /** The feed's snapshot message, as the engine sent it. */
  readonly snapshot: unknown;
  /** Answers by question (`questionKey`), as the engine sent them. */
  readonly answers: Readonly<Record<string, unknown>>;
};

/** Fields that name what is asked for; windows and bucket sizes differ from run to run and are left out. */
const NAMING_FIELDS = [
  'promptId',
  'incidentId',
  'signal',
  'cohort',
  'version',
  'kind',
  'lever',
  'toVersion',
  'sourceId',
  'status',
  'drillId',
];

/** The same question has the same key in the recording and in the replay. */
export function questionKey(path: string, input: unknown): string {
  const fields = typeof input === 'object' && input !== null ? input : {};
  const named = Object.entries(fields).filter(([field]) => NAMING_FIELDS.includes(field));
  const words = named
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([field, value]) => `${field}=${String(value)}`);
  return [path, ...words].join(' ');
}

export function recordingFile(name: string): string {
  return fileURLToPath(new URL(`recordings/${name}.json`, import.meta.url));
}

/** The recording, its state checked against the model and filled up with what the model has gained since. */
export function readRecording(name: string): Recording {
  const recording = JSON.parse(readFileSync(recordingFile(name), 'utf8')) as Recording;
  return { ...recording, snapshot: liveMessageSchema.parse(recording.snapshot) };
}
