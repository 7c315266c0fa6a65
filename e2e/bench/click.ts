import { randomUUID } from 'node:crypto';
import { startCockpit } from '../support/cockpit.ts';
import { readFlag, seedPromptFlag, setFlagEnabled } from '../support/servers/prompt-flag.ts';
import { missingUnleashReason, startUnleash } from '../support/servers/unleash.ts';
import { atMost, type BenchItem, median, quantile, type Scale, shown, timed } from './bench-item.ts';
import { benchWorkspace } from './bench-workspace.ts';
import { benchCalls } from './engine-access.ts';

const ENVIRONMENT = 'production';

async function measure({ isQuick, say }: Scale) {
  const rounds = isQuick ? 5 : 30;
  const promptIds = Array.from({ length: rounds }, (_, index) => `prompt-${index}`);
  const flagOf = (promptId: string) => `${promptId}-flag`;
  say('starting Unleash');
  const unleash = await startUnleash();
  try {
    for (const flag of [...promptIds.map(flagOf), 'bare-flag']) {
      await seedPromptFlag(unleash, {
        flag,
        environment: ENVIRONMENT,
        control: 'v17',
        candidate: 'v18',
        candidateWeight: 50,
      });
    }
    const cockpit = await startCockpit({
      workspace: benchWorkspace({
        promptIds,
        sources: [
          {
            id: 'unleash',
            connector: 'unleash',
            settings: { baseUrl: unleash.url, token: { env: 'UNLEASH_ADMIN_TOKEN' } },
          },
        ],
        flagOf: (promptId) => ({ source: 'unleash', key: flagOf(promptId), environment: ENVIRONMENT }),
      }),
      env: { UNLEASH_ADMIN_TOKEN: unleash.adminToken },
    });
    try {
      const calls = benchCalls(cockpit.dataDir);
      const press = (promptId: string) =>
        calls.rollback.press({
          operationId: randomUUID(),
          promptId,
          lever: 'flag',
          toVersion: 'v17',
          revisionShown: null,
          waitMs: 20_000,
        });
      const bareCalls = async () => {
        await setFlagEnabled(unleash, 'bare-flag', ENVIRONMENT, false);
        return readFlag(unleash, 'bare-flag', ENVIRONMENT);
      };
      say('pressing');
      const clicks: number[] = [];
      const bare: number[] = [];
      let confirmed = 0;
      let isWarm = false;
      for (const promptId of promptIds) {
        const alone = await timed(bareCalls);
        await setFlagEnabled(unleash, 'bare-flag', ENVIRONMENT, true);
        const click = await timed(() => press(promptId));
        const { accepted, readBack } = click.result.lamps;
        const isOff = !(await readFlag(unleash, flagOf(promptId), ENVIRONMENT)).isEnabled;
        if (accepted.state === 'yes' && readBack.state === 'yes' && isOff) confirmed += 1;
        // The first of each opens connections.
        if (isWarm) {
          bare.push(alone.tookMs);
          clicks.push(click.tookMs);
        }
        isWarm = true;
      }
      return [
        atMost(
          'click to accepted and read back, against the two calls',
          median(clicks) / median(bare),
          'x',
          1.5,
          `medians of ${clicks.length}, in turn; the bare calls are "off" and reading the flag; the click also reads before it writes and writes down each step`,
        ),
        shown('click to accepted and read back, median', median(clicks), 'ms'),
        shown('click to accepted and read back, p95', quantile(clicks, 0.95), 'ms'),
        shown('the two bare calls, median', median(bare), 'ms'),
        atMost('clicks not confirmed by both lamps and by Unleash', rounds - confirmed, '', 0),
      ];
    } finally {
      await cockpit.stop();
    }
  } finally {
    await unleash.stop();
  }
}

export const click: BenchItem = {
  name: 'click',
  title: 'Click to accepted and read back, on a real Unleash',
  missingReason: missingUnleashReason,
  run: measure,
};
