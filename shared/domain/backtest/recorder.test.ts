import { describe, expect, it } from 'vitest';
import { BadRecording } from './kind.ts';
import { record, START } from './test-stream.ts';

const tick = { t: START, role: 'candidate', version: 'v18', conversations: 3 };
const text = (line: object) => JSON.stringify(line);

function complaintOf(lines: readonly string[]): { line: number | null; message: string } {
  try {
    record(lines);
  } catch (error) {
    if (error instanceof BadRecording) return { line: error.line, message: error.message };
    throw error;
  }
  throw new Error('was taken');
}

describe('a line that cannot be used is named', () => {
  it.each([
    ['not JSON', 'conversations: 3', 'not JSON'],
    ['half a line', '{"t":17672', 'not JSON'],
    ['a number', '7', 'must be an object'],
    ['a list', '[1]', 'must be an object'],
    ['null', 'null', 'must be an object'],
    ['no time', text({ ...tick, t: undefined }), '"t" must be a number'],
    ['a time in words', text({ ...tick, t: '2026-01-01T00:00:00Z' }), '"t" must be a number'],
    ['a negative time', text({ ...tick, t: -10_000 }), '"t" must be a number'],
    ['a time no calendar knows', text({ ...tick, t: 1e17 }), '"t" must be a number'],
    ['a bad seenAt', text({ ...tick, seenAt: 'later' }), '"seenAt" must be a number'],
    ['no role', text({ ...tick, role: undefined }), '"role" must be'],
    ['an unknown role', text({ ...tick, role: 'canary' }), '"role" must be'],
    ['no conversations', text({ ...tick, conversations: undefined }), '"conversations" is missing'],
    ['negative counts', text({ ...tick, complaints: -1 }), '"complaints" must be a whole number'],
    ['half a conversation', text({ ...tick, conversations: 2.5 }), '"conversations" must be a whole number'],
    ['counts in words', text({ ...tick, safetyTrips: '1' }), '"safetyTrips" must be a whole number'],
    ['more events than conversations', text({ ...tick, downstreamErrors: 7 }), 'more "downstreamErrors" (7)'],
    ['a score above 100', text({ ...tick, csat: [[101, 1]] }), 'from 0 to 100'],
    ['a score below 0', text({ ...tick, csat: [[-1, 1]] }), 'from 0 to 100'],
    ['half a rating', text({ ...tick, csat: [[75, 0.5]] }), '"csat count" must be a whole number'],
    ['scores without counts', text({ ...tick, csat: [75] }), 'pairs [score, count]'],
    ['a csat that is no list', text({ ...tick, csat: 75 }), '"csat" must be a list'],
    ['a share above 1', text({ event: 'ramp', t: START, share: 25 }), '"share" must be a share'],
    ['a ramp without share', text({ event: 'ramp', t: START }), '"share" must be a share'],
    ['an event without time', text({ event: 'rollback', to: 'v17' }), '"t" must be a number'],
    ['an unknown event', text({ event: 'rolback', t: START }), '"event" must be'],
    ['options further down', text({ options: {} }), 'first line alone'],
  ])('%s', (_, line, message) => {
    const complaint = complaintOf([text(tick), '', line]);
    expect(complaint.line).toBe(3);
    expect(complaint.message).toContain(`line 3: `);
    expect(complaint.message).toContain(message);
  });

  it.each([
    ['a share', { intendedShare: 1.5 }, 'options.intendedShare'],
    ['cohorts', { cohorts: 'acme' }, 'options.cohorts'],
    ['a rate', { history: { complaints: 5 } }, 'options.history.complaints'],
    ['options themselves', 3, '"options" must be an object'],
  ])('options: %s', (_, options, message) => {
    const complaint = complaintOf([text({ options }), text(tick)]);
    expect(complaint.line).toBe(1);
    expect(complaint.message).toContain(message);
  });

  it('nothing to judge', () => {
    expect(complaintOf([]).message).toContain('no tick');
    expect(complaintOf(['', '  ', text({ options: {} }), text({ event: 'change', t: START })])).toEqual({
      line: null,
      message: 'no tick in the input: nothing to judge',
    });
  });

  it('too many events only when all lines of the bucket are counted, in whatever order they stand', () => {
    const late = { t: START, role: 'candidate', version: 'v18', seenAt: START + 60_000, complaints: 2 };
    expect(record([text(late), text(tick)]).rows).toHaveLength(2);
    const complaint = complaintOf([text(late), text(tick), text({ ...late, seenAt: START + 90_000 })]);
    expect(complaint).toMatchObject({ line: 3 });
    expect(complaint.message).toContain('more "complaints" (4) than conversations (3)');
  });
});

describe('what is taken', () => {
  it('a byte order mark, blank lines, Windows line ends', () => {
    const { rows, options } = record([
      `\uFEFF${text({ options: { intendedShare: 0.1 } })}\r`,
      '\r',
      `${text(tick)}\r`,
    ]);
    expect(options.intendedShare01).toBe(0.1);
    expect(rows).toHaveLength(1);
  });

  it('times between ticks belong to their tick; late counts to the tick in which they became known', () => {
    const { rows } = record([
      text({ ...tick, t: START + 25_000, complaints: 1, seenAt: START + 65_000 }),
      text({ ...tick, t: START + 9_999 }),
      text({ ...tick, t: START + 10_000, seenAt: START + 20_000 }),
    ]);
    expect(rows.map(({ bucketMs, tickEndMs, line }) => [bucketMs - START, tickEndMs - START, line])).toEqual([
      [0, 10_000, 2],
      [10_000, 20_000, 3],
      [20_000, 70_000, 1],
    ]);
  });

  it('missing fields as zero, raw reports not at all, unknown fields with one warning', () => {
    const { rows, warnings } = record([
      text({ ...tick, complaintEvents: 9, region: 'eu' }),
      text({ ...tick, region: 'us' }),
    ]);
    expect(rows.map(({ events, ratings, cohort }) => [events, ratings, cohort])).toEqual([
      [{}, [], 'all'],
      [{}, [], 'all'],
    ]);
    expect(warnings).toEqual(['unknown field "region" was ignored (2 times, first on line 1)']);
  });

  it('canaries only where the stream speaks of them', () => {
    expect(record([text(tick)]).streams).toEqual(['complaints', 'csat', 'safety', 'downstream']);
    const { streams, rows } = record([text({ ...tick, escalations: 0, fallbacks: 2 })]);
    expect(streams).toEqual(['complaints', 'csat', 'safety', 'downstream', 'fallback', 'escalation']);
    expect(rows[0]?.events).toEqual({ fallback: 2 });
  });

  it("'all' beside named cohorts would count twice", () => {
    const { rows, warnings } = record([text(tick), text({ ...tick, cohort: 'acme' })]);
    expect(rows.map(({ cohort }) => cohort)).toEqual(['acme']);
    expect(warnings[0]).toContain('1 lines of cohort "all" were left out');
  });
});
