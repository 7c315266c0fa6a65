import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scenarioSchema } from '#shared/model/scenario.ts';

/** Simulated seconds in a real one. */
export const SPEED = 60;

/** A drill as large as they get: 100,000 conversations an hour, and nothing wrong in it. */
export const FULL_SIZE = scenarioSchema.parse({
  id: 'full-size',
  title: 'A drill at full size',
  kind: 'regression',
  purpose: 'measures the world of a drill',
  brief: 'nothing happens',
  minutes: 120,
  warmUpMinutes: 3,
  onsetMinutes: [0, 0],
  prompts: [
    {
      id: 'support',
      service: 'support',
      control: 'v17',
      candidate: 'v18',
      versions: [
        { id: 'v17', sha: '41d7e0b2c95f', daysAgo: 20 },
        { id: 'v18', sha: '9f3c1ab77e04' },
      ],
      conversationsPerHour: 100_000,
      workers: 48,
      cohorts: ['a', 'b', 'c', 'enterprise'].map((name) => ({ name, share01: 0.25 })),
      healthy: { complaint01: 0.05, safety01: 0.001, downstream01: 0.01, csatMean: 84 },
    },
  ],
  faults: [],
  expected: { page: null },
});

/** Writes it into a folder for scenarios, made where it is missing; gives the file. */
export async function writeFullSize(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${FULL_SIZE.id}.yaml`);
  await writeFile(file, JSON.stringify(FULL_SIZE));
  return file;
}
