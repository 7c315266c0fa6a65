import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BadRecord } from '#shared/model/wave2.ts';
import { recordsFile, recordsFileName } from './records-file.ts';

describe('the file of records', () => {
  const record = (over: Partial<BadRecord> = {}): BadRecord => ({
    conversation: 'c-1',
    traceIds: ['a', 'b'],
    traces: 2,
    sha: '9f3c1ab',
    beganOn: 'v18',
    cohort: 'acme',
    worker: 'w-1',
    startMs: Date.UTC(2026, 4, 9, 14),
    endMs: Date.UTC(2026, 4, 9, 14, 0, 9),
    hasError: true,
    errorType: 'parse_error',
    ...over,
  });

  it('is CSV with a header, or one JSON object per line', () => {
    const [header, line, end] = recordsFile('csv', 'v18', [record()]).split('\r\n');
    expect(header).toContain('conversation,trace_ids');
    expect(line).toBe(
      'c-1,a b,2,v18,9f3c1ab,v18,acme,w-1,2026-05-09T14:00:00.000Z,2026-05-09T14:00:09.000Z,true,parse_error',
    );
    expect(end).toBe('');
    expect(recordsFile('csv', 'v18', [record()], false).split('\r\n')).toHaveLength(2);
    expect(JSON.parse(recordsFile('ndjson', 'v18', [record()]))).toMatchObject({
      version: 'v18',
      conversation: 'c-1',
      hasError: true,
      start: '2026-05-09T14:00:00.000Z',
    });
  });

  it('holds no formula and as many lines as rows, whatever the names say', () => {
    const nasty = fc.oneof(
      fc.string(),
      fc.constantFrom('=HYPERLINK("http://x")', '+1', '-1', '@cmd', '\t=1', 'a,b', 'x"y', 'two\r\nlines'),
    );
    fc.assert(
      fc.property(fc.array(fc.record({ conversation: nasty, cohort: nasty, worker: nasty })), (names) => {
        const rows = names.map((name) => record(name));
        const cells =
          recordsFile('csv', 'v18', rows, false).match(/("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n)/g) ?? [];
        expect(cells).toHaveLength(rows.length * 12);
        for (const cell of cells) expect(cell).not.toMatch(/^"?[=+\-@\t\r]/);
        const lines = recordsFile('ndjson', 'v18', rows).split('\n').slice(0, -1);
        expect(lines.map((line) => (JSON.parse(line) as BadRecord).conversation)).toEqual(
          names.map(({ conversation }) => conversation),
        );
      }),
    );
  });

  it('has a name that every file system takes', () => {
    expect(recordsFileName('INC-20260509-1', 'v18', 'csv')).toBe('fusebox-INC-20260509-1-v18.csv');
    expect(recordsFileName('INC-1', '../../etc/pass wd', 'ndjson')).toBe(
      'fusebox-INC-1-.._.._etc_pass_wd.ndjson',
    );
  });
});
