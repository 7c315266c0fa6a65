import { describe, expect, it } from 'vitest';
import { rollbackStateSchema } from '#shared/model/rollback.ts';
import { defaultDataDir } from '../data-dir.ts';
import { attemptsFor } from './open-cockpit.ts';
import { exitCodeOf } from './rollback.ts';

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
