import type { RateStreamId } from '#shared/model/detection.ts';
import { SIGNAL_IDS } from '#shared/model/signal.ts';
import { type ArmId, TICK_MS } from '../detection/kind.ts';
import {
  CANARY_FIELDS,
  COUNT_FIELDS,
  countOf,
  type Fields,
  got,
  isFields,
  KNOWN_FIELDS,
  nameOf,
  timeOf,
} from './fields.ts';
import {
  type BacktestOptions,
  BadRecording,
  type CountRow,
  type Recording,
  type StreamEvent,
} from './kind.ts';
import { NO_OPTIONS, readEvent, readOptions } from './read-options.ts';
import { checkUnits, inOrder, withoutTotals } from './rows.ts';

type Ratings = CountRow['ratings'];
type Events = CountRow['events'];

/** Most lines hold no event and no rating: those share one object. */
const NO_EVENTS: Events = {};
const NO_RATINGS: Ratings = [];

/** Takes a recorded stream in, line by line. Every method throws BadRecording where the input cannot be used. */
export type Recorder = {
  line(text: string): void;
  /** All lines are in. */
  finish(): Recording;
};

/**
 * Lines may stand anywhere: what counts is when each became known (`seenAt`, else the end of its tick), so all are kept until the last
 * is in, at about 130 bytes each.
 */
export function createRecorder(): Recorder {
  let number = 0;
  let hasContent = false;
  let options: BacktestOptions = NO_OPTIONS;
  let startMs = Infinity;
  let endMs = -Infinity;
  let ticks = 0;
  const rows: CountRow[] = [];
  const events: StreamEvent[] = [];
  const canaries = new Set<RateStreamId>();
  const names = new Map<string, string>();
  const warned = new Map<string, { line: number; times: number }>();

  const warn = (text: string) => {
    const known = warned.get(text);
    if (known) known.times += 1;
    else warned.set(text, { line: number, times: 1 });
  };
  /** One string object per name, however many lines it stands in. */
  const kept = (name: string): string => {
    const known = names.get(name);
    if (known !== undefined) return known;
    names.set(name, name);
    return name;
  };

  function parse(text: string): Fields {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new BadRecording(number, `not JSON: ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`);
    }
    if (isFields(value)) return value;
    throw new BadRecording(number, `must be an object${got(value)}`);
  }

  function ratingsOf(value: unknown): Ratings {
    if (value === undefined || value === null) return NO_RATINGS;
    if (!Array.isArray(value)) throw new BadRecording(number, `"csat" must be a list${got(value)}`);
    if (value.length === 0) return NO_RATINGS;
    return value.map((pair: unknown): readonly [number, number] => {
      if (!Array.isArray(pair) || pair.length !== 2)
        throw new BadRecording(number, `"csat" must hold pairs [score, count]${got(pair)}`);
      const score: unknown = pair[0];
      if (typeof score !== 'number' || !(score >= 0 && score <= 100))
        throw new BadRecording(number, `a csat score must be a number from 0 to 100${got(score)}`);
      return [score, countOf(pair[1], 'csat count', number)];
    });
  }

  function eventsOf(fields: Fields): Events {
    let found: Partial<Record<RateStreamId, number>> | null = null;
    for (const { name, id } of COUNT_FIELDS) {
      const count = countOf(fields[name], name, number);
      if (count > 0) (found ??= {})[id] = count;
    }
    for (const { name, id } of CANARY_FIELDS) if (fields[name] !== undefined) canaries.add(id);
    return found ?? NO_EVENTS;
  }

  function armOf(role: unknown): ArmId {
    if (role === 'candidate' || role === 'control') return role;
    throw new BadRecording(number, `"role" must be "candidate" or "control"${got(role)}`);
  }

  function counts(fields: Fields): void {
    for (const name in fields) if (!KNOWN_FIELDS.has(name)) warn(`unknown field "${name}" was ignored`);
    const t = timeOf(fields, 't', number);
    const bucketMs = Math.floor(t / TICK_MS) * TICK_MS;
    const seenAt = fields['seenAt'];
    const isDated = seenAt !== undefined && seenAt !== null;
    const seenAtMs = isDated ? timeOf(fields, 'seenAt', number) : t;
    if (seenAtMs < bucketMs)
      warn('"seenAt" lies before the conversations began; the end of their tick was taken');
    const tickEndMs = Math.max(bucketMs + TICK_MS, Math.ceil(seenAtMs / TICK_MS) * TICK_MS);
    const arm = armOf(fields['role']);
    const stated = fields['conversations'];
    if ((stated === undefined || stated === null) && !isDated)
      throw new BadRecording(number, '"conversations" is missing (late counts alone need "seenAt")');
    const conversations = countOf(stated, 'conversations', number);
    countOf(fields['complaintEvents'], 'complaintEvents', number);
    const found = eventsOf(fields);
    const ratings = ratingsOf(fields['csat']);
    const cohort = kept(nameOf(fields['cohort'], 'all', 'cohort', number));
    const version = kept(nameOf(fields['version'], arm, 'version', number));
    ticks += 1;
    startMs = Math.min(startMs, bucketMs);
    endMs = Math.max(endMs, tickEndMs);
    // A line without counts is as good as none: both say zero.
    if (conversations === 0 && found === NO_EVENTS && ratings === NO_RATINGS) return;
    rows.push({
      cohort,
      arm,
      bucketMs,
      conversations,
      events: found,
      ratings,
      line: number,
      version,
      tickEndMs,
    });
  }

  return {
    line(text) {
      number += 1;
      const bare = number === 1 && text.startsWith('\uFEFF') ? text.slice(1) : text;
      if (bare.trim() === '') return;
      const fields = parse(bare);
      const isFirst = !hasContent;
      hasContent = true;
      if (fields['options'] !== undefined) {
        if (!isFirst) throw new BadRecording(number, '"options" may stand on the first line alone');
        options = readOptions(fields['options'], number, warn);
      } else if (fields['event'] !== undefined) {
        const event = readEvent(fields, number);
        events.push(event);
        endMs = Math.max(endMs, event.atMs);
      } else counts(fields);
    },
    finish() {
      if (ticks === 0) throw new BadRecording(null, 'no tick in the input: nothing to judge');
      const onWhole: string[] = [];
      const counted = withoutTotals(rows, options.cohorts, (text) => onWhole.push(text));
      checkUnits(counted);
      const warnings = [...warned].map(([text, { line, times }]) =>
        times > 1 ? `${text} (${times} times, first on line ${line})` : `${text} (line ${line})`,
      );
      return {
        options,
        rows: inOrder(counted),
        events: events.toSorted((a, b) => a.atMs - b.atMs),
        streams: [...SIGNAL_IDS, ...CANARY_FIELDS.map(({ id }) => id).filter((id) => canaries.has(id))],
        startMs,
        endMs,
        warnings: [...warnings, ...onWhole],
      };
    },
  };
}
