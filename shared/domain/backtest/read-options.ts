import type { RateStreamId } from '#shared/model/detection.ts';
import { COUNT_FIELDS, type Fields, got, isFields, nameOf, shareOf, timeOf } from './fields.ts';
import { BadRecording, type BacktestOptions, type StreamEvent } from './kind.ts';

export const NO_OPTIONS: BacktestOptions = { cohorts: [], intendedShare01: null, history: {} };

const KNOWN_OPTIONS: ReadonlySet<string> = new Set(['cohorts', 'intendedShare', 'history']);

/** The value of `{"options": ...}`. `warn` hears of what is not known. */
export function readOptions(value: unknown, line: number, warn: (text: string) => void): BacktestOptions {
  if (!isFields(value)) throw new BadRecording(line, `"options" must be an object${got(value)}`);
  for (const name of Object.keys(value)) {
    if (!KNOWN_OPTIONS.has(name)) warn(`option "${name}" is not known and was ignored`);
  }
  const share = value['intendedShare'];
  return {
    cohorts: cohortsOf(value['cohorts'], line),
    intendedShare01:
      share === undefined || share === null ? null : shareOf(share, 'options.intendedShare', line),
    history: historyOf(value['history'], line, warn),
  };
}

function cohortsOf(value: unknown, line: number): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new BadRecording(line, `"options.cohorts" must be a list${got(value)}`);
  const names = value.map((name: unknown) => nameOf(name, '', 'options.cohorts', line));
  return [...new Set(names)].filter((name) => name !== 'all' && name !== '');
}

function historyOf(
  value: unknown,
  line: number,
  warn: (text: string) => void,
): Partial<Record<RateStreamId, number>> {
  if (value === undefined || value === null) return {};
  if (!isFields(value)) throw new BadRecording(line, `"options.history" must be an object${got(value)}`);
  const history: Partial<Record<RateStreamId, number>> = {};
  for (const [name, rate] of Object.entries(value)) {
    const field = COUNT_FIELDS.find((known) => known.name === name || known.id === name);
    if (field) history[field.id] = shareOf(rate, `options.history.${name}`, line);
    else warn(`history of "${name}" is not known and was ignored`);
  }
  return history;
}

/** A line with an `event`. */
export function readEvent(fields: Fields, line: number): StreamEvent {
  const kind = fields['event'];
  const atMs = timeOf(fields, 't', line);
  switch (kind) {
    case 'ramp':
      return { kind, atMs, share01: shareOf(fields['share'], 'share', line) };
    case 'rollback': {
      const to = nameOf(fields['to'], '', 'to', line);
      return { kind, atMs, to: to === '' ? null : to };
    }
    case 'change':
      return { kind, atMs, what: nameOf(fields['what'], 'a change', 'what', line) };
    default:
      throw new BadRecording(line, `"event" must be "ramp", "rollback" or "change"${got(kind)}`);
  }
}
