import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createStepClock } from './step-clock.ts';

const START_MS = 1_000;
const clockWith = (isBusy: () => boolean) =>
  createStepClock({ startMs: START_MS, onMove: () => undefined, isBusy });

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'time waits for what a call sets off that is answered after %i turns',
  async (turns) => {
    let inFlight = 0;
    const clock = clockWith(() => inFlight > 0);
    async function call() {
      inFlight += 1;
      for (let count = 0; count < turns; count += 1) await turn();
      inFlight -= 1;
      await turn();
      await turn();
      return clock.nowMs();
    }
    const answered = call();
    await clock.advance(10);
    expect(await answered).toBe(START_MS);
  },
);

it('time waits for files and for what they set off', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fusebox-step-'));
  const clock = clockWith(() => false);
  async function write(name: string) {
    const file = await open(join(folder, name), 'w');
    await file.writeFile('x');
    await file.sync();
    await file.close();
    await turn();
    return clock.nowMs();
  }
  try {
    for (let count = 0; count < 30; count += 1) {
      const atMs = clock.nowMs();
      const written = write(String(count));
      await clock.advance(10);
      expect(await written).toBe(atMs);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('time waits for programs that were started, one after the other, and for all that they say', async () => {
  const clock = clockWith(() => false);
  const said = (characters: number) =>
    new Promise<string>((resolve) => {
      const script = `process.stdout.write('x'.repeat(${characters}))`;
      execFile(process.execPath, ['-e', script], (_error, text) => resolve(text));
    });
  async function programs() {
    const lengths: number[] = [];
    for (const characters of [0, 1, 900_000]) lengths.push((await said(characters)).length);
    return { lengths, atMs: clock.nowMs() };
  }
  const running = programs();
  await clock.advance(10);
  expect(await running).toEqual({ lengths: [0, 1, 900_000], atMs: START_MS });
});

it('time does not wait for a program that ran before, and still does for the next one', async () => {
  const server = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
  try {
    await once(server, 'spawn');
    const clock = clockWith(() => false);
    await clock.advance(10);
    const said = new Promise<number>((resolve) => {
      execFile(process.execPath, ['-e', ''], () => resolve(clock.nowMs()));
    });
    await clock.advance(10);
    expect(await said).toBe(START_MS + 10);
  } finally {
    server.kill('SIGKILL');
    await once(server, 'exit');
  }
});

it('wakes sleepers in order, each at its own time', async () => {
  const clock = clockWith(() => false);
  const woken: [string, number][] = [];
  const sleeper = async (name: string, ms: number) => {
    await clock.sleep(ms);
    woken.push([name, clock.nowMs() - START_MS]);
  };
  void sleeper('late', 30);
  void sleeper('early', 10);
  void sleeper('early too', 10);
  void sleeper('after', 31);
  await clock.advance(30);
  expect(woken).toEqual([
    ['early', 10],
    ['early too', 10],
    ['late', 30],
  ]);
  expect(clock.nowMs()).toBe(START_MS + 30);
});
