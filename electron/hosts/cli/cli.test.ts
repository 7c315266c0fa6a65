import { ORPCError } from '@orpc/client';
import { describe, expect, it } from 'vitest';
import { rollbackStateSchema } from '#shared/model/rollback.ts';
import { defaultDataDir } from '../data-dir.ts';
import { drillBeside, drillBesideLine } from './drill-beside.ts';
import { attemptsFor } from './open-cockpit.ts';
import type { EngineClient } from './engine-client.ts';
import { exitCodeOf, OutcomeUnknownError, pressOnce } from './rollback.ts';

describe('exit codes of a rollback', () => {
  it('is done only when it was read back', () => {
    const codes = Object.fromEntries(
      rollbackStateSchema.options.map((state) => [state, exitCodeOf({ state })]),
    );
    expect(codes).toEqual({
      armed: 3,
      'intent-recorded': 3,
      sent: 3,
      accepted: 3,
      refused: 4,
      unknown: 3,
      'reading-back': 3,
      'in-effect': 0,
      'not-in-effect': 4,
      'changed-by-other': 4,
      'seen-in-traffic': 0,
    });
  });
});

describe('a drill beside a command', () => {
  it('is said in one line, and never holds a command up', async () => {
    expect(drillBesideLine(null)).toBeNull();
    expect(drillBesideLine({ title: 'Greeting', phase: 'failed' })).toBeNull();
    const line = drillBesideLine({ title: 'Greeting', phase: 'running' });
    expect(line).toContain('the real world');
    expect(line).not.toContain('\n');
    const down = { drill: { current: () => Promise.reject(new Error('down')) } } as unknown as EngineClient;
    expect(await drillBeside(down)).toBeNull();
  });
});

describe('a press', () => {
  const lost = new TypeError('fetch failed');
  const internal = new ORPCError('INTERNAL_SERVER_ERROR');
  const refused = new ORPCError('REFUSED', { defined: true, status: 422 });
  const down = new ORPCError('SOURCE_UNAVAILABLE', { defined: true, status: 503 });
  const unheard = new ORPCError('NOT_FOUND', { defined: true, status: 404 });
  const found = { operationId: 'operation-1', state: 'in-effect' };

  const client = (press: unknown, get: unknown) => {
    const answer = (value: unknown) =>
      value instanceof Error ? () => Promise.reject(value) : () => Promise.resolve(value);
    return { rollback: { press: answer(press), get: answer(get) } } as unknown as EngineClient;
  };
  const run = (press: unknown, get: unknown) =>
    pressOnce(client(press, get), {
      operationId: 'operation-1',
      promptId: 'greeter',
      lever: 'flag',
      toVersion: 'v1',
      revisionShown: null,
    });

  it('whose answer was lost is looked up by its operation id', async () => {
    expect(await run(lost, found)).toBe(found);
    expect(await run(internal, found)).toBe(found);
  });

  it('that was refused is refused, whatever could be looked up', async () => {
    await expect(run(refused, found)).rejects.toBe(refused);
    await expect(run(down, found)).rejects.toBe(down);
  });

  it('is never called failed when it may have landed', async () => {
    await expect(run(lost, lost)).rejects.toThrow(OutcomeUnknownError);
    await expect(run(lost, unheard)).rejects.toThrow(OutcomeUnknownError);
    await expect(run(internal, lost)).rejects.toThrow(OutcomeUnknownError);
  });

  it('that an answering engine knows nothing of has sent nothing', async () => {
    await expect(run(internal, unheard)).rejects.toBe(internal);
  });
});

describe('where data goes', () => {
  it.each([
    ['linux', {}, '/home/ana/.local/share/fusebox'],
    ['linux', { XDG_DATA_HOME: '/data/ana' }, '/data/ana/fusebox'],
    ['linux', { XDG_DATA_HOME: 'relative' }, '/home/ana/.local/share/fusebox'],
    ['darwin', {}, '/home/ana/Library/Application Support/Fusebox/data'],
    ['linux', { FUSEBOX_DATA: '/srv/fusebox' }, '/srv/fusebox'],
  ] as const)('%s %j', (platform, env, expected) => {
    expect(defaultDataDir(platform, env, '/home/ana')).toBe(expected);
  });
});

describe('opening the cockpit', () => {
  const address = 'file:///data/open-1.html';

  it('never starts Chromium as root, whose sandbox would have to go', () => {
    const env = { PATH: process.env['PATH'] ?? '' };
    const attempts = attemptsFor(address, 'linux', env, true);
    expect(attempts.filter(({ kind }) => kind === 'app-window')).toEqual([]);
  });

  it('hands over the address of a file, and no code', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      for (const { args } of attemptsFor(address, platform, { PATH: '/usr/bin' }, false)) {
        expect(args.join(' ')).toContain(address);
        expect(args.join(' ')).not.toContain('code=');
      }
    }
  });
});
