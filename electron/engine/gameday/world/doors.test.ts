import { expect, it } from 'vitest';
import { createFakeClock } from '#engine/fake-clock.ts';
import { createDoors } from './doors.ts';

it('every post and page of a drill says first that it is one, once', async () => {
  const doors = createDoors({ troubleOf: () => null, consoleUrlOf: () => null, changesOf: () => [] });
  const connector = doors.connectors.find(({ id }) => id === 'practice-channel');
  const quiet = { info: () => undefined, warn: () => undefined };
  const source = await connector?.create(
    { id: 'channel', settings: { name: 'drill-channel' } },
    {
      clock: createFakeClock(),
      fetch: () => Promise.reject(new Error('nothing is fetched')),
      readSecret: () => Promise.reject(new Error('there is no secret')),
      log: quiet,
      dataDir: '',
    },
  );
  const post = (text: string) => source?.chat?.post({ text, channel: '#drill', incidentId: null });
  const where = { severity: 'P2', incidentId: null, promptId: 'support', owner: null, service: null };
  await post('killswitch ON, prompt back on v17');
  await post('DRILL: said already');
  const summary = 'support is rolled back';
  expect(await source?.paging?.page({ summary, dedupKey: 'INC-1', ...where })).toMatchObject({ ok: true });
  expect(doors.notices().map(({ kind, text }) => [kind, text])).toEqual([
    ['post', 'DRILL: killswitch ON, prompt back on v17'],
    ['post', 'DRILL: said already'],
    ['page', 'DRILL: support is rolled back'],
  ]);
});
