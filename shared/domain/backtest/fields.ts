import type { RateStreamId } from '#shared/model/detection.ts';
import { CANARY_IDS } from '#shared/model/detection.ts';
import { BadRecording } from './kind.ts';

/** The counts of a line, by the name they have there. */
export const COUNT_FIELDS: readonly { readonly name: string; readonly id: RateStreamId }[] = [
  { name: 'complaints', id: 'complaints' },
  { name: 'safetyTrips', id: 'safety' },
  { name: 'downstreamErrors', id: 'downstream' },
  { name: 'fallbacks', id: 'fallback' },
  { name: 'escalations', id: 'escalation' },
  { name: 'corrections', id: 'correction' },
];

const CANARIES: ReadonlySet<string> = new Set(CANARY_IDS);
export const CANARY_FIELDS = COUNT_FIELDS.filter(({ id }) => CANARIES.has(id));

/** `complaintEvents` are raw reports: a conversation counts once, so they are never evidence. */
export const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  't',
  'seenAt',
  'cohort',
  'version',
  'role',
  'conversations',
  'csat',
  'complaintEvents',
  ...COUNT_FIELDS.map(({ name }) => name),
]);

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** As far as a Date reaches; fractions of a millisecond are cut off. */
const LAST_MS = 8.64e15;
const MOST_COUNTED = 1e9;

export function timeOf(fields: Fields, name: string, line: number): number {
  const value = fields[name];
  if (typeof value === 'number' && value >= 0 && value <= LAST_MS) return Math.floor(value);
  throw new BadRecording(line, `"${name}" must be a number: milliseconds since 1970, UTC${got(value)}`);
}

/** A whole number from 0 on; absent = 0. */
export function countOf(value: unknown, name: string, line: number): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_COUNTED)
    return value;
  throw new BadRecording(line, `"${name}" must be a whole number, 0 to 1,000,000,000${got(value)}`);
}

export function shareOf(value: unknown, name: string, line: number): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw new BadRecording(line, `"${name}" must be a share from 0 to 1${got(value)}`);
}

/** A name, or what stands in for an absent one. A number is a name too ("version": 18). */
export function nameOf(value: unknown, fallback: string, name: string, line: number): string {
  if (value === undefined || value === null) return fallback;
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number') return String(value);
  throw new BadRecording(line, `"${name}" must be a text${got(value)}`);
}

export function got(value: unknown): string {
  if (value === undefined) return '; it is missing';
  const text = JSON.stringify(value);
  return `; got ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`;
}
