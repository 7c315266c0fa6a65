import { randomUUID } from 'node:crypto';
import { startCockpit } from '../support/cockpit.ts';
import { readFlag, seedPromptFlag, setFlagEnabled } from '../support/servers/prompt-flag.ts';
import { missingUnleashReason, startUnleash } from '../support/servers/unleash.ts';
import { atMost, type BenchItem, median, quantile, type Scale, shown, timed } from './bench-item.ts';
import { benchWorkspace } from './bench-workspace.ts';
import { benchCalls } from './engine-access.ts';

const ENVIRONMENT = 'production';
const FLAG = 'pressed-flag';
const BARE_FLAG = 'bare-flag';

async function measure({ isQuick, say }: Scale) {
  const rounds = isQuick ? 5 : 30;
  say('starting Unleash');
  const unleash = await startUnleash();
  try {
    for (const flag of [FLAG, BARE_FLAG]) {
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
        promptIds: ['support'],
        sources: [
          {
            id: 'unleash',
            connector: 'unleash',
            settings: { baseUrl: unleash.url, token: { env: 'UNLEASH_ADMIN_TOKEN' } },
          },
        ],
        flagOf: () => ({ source: 'unleash', key: FLAG, environment: ENVIRONMENT }),
      }),
      env: { UNLEASH_ADMIN_TOKEN: unleash.adminToken },
    });
    try {
      const calls = benchCalls(cockpit.dataDir);
      const press = () =>
        calls.rollback.press({
          operationId: randomUUID(),
          promptId: 'support',
          lever: 'flag',
          toVersion: 'v17',
          revisionShown: null,
          // Each press follows the last within its recovery window.
          held: true,
          waitMs: 20_000,
        });
      const bareCalls = async () => {
        await setFlagEnabled(unleash, BARE_FLAG, ENVIRONMENT, false);
        return readFlag(unleash, BARE_FLAG, ENVIRONMENT);
      };
      const sameCalls = async () => {
        await readFlag(unleash, BARE_FLAG, ENVIRONMENT);
        return bareCalls();
      };
      say('pressing');
      const clicks: number[] = [];
      const bare: number[] = [];
      const same: number[] = [];
      let confirmed = 0;
      let isWarm = false;
      for (let round = 0; round < rounds; round += 1) {
        // In turn, first one and then the other, so that both meet the machine as it is.
        const alone = await timed(bareCalls);
        await setFlagEnabled(unleash, BARE_FLAG, ENVIRONMENT, true);
        const three = await timed(sameCalls);
        for (const flag of [FLAG, BARE_FLAG]) await setFlagEnabled(unleash, flag, ENVIRONMENT, true);
        const click = await timed(press);
        const { accepted, readBack } = click.result.lamps;
        const isOff = !(await readFlag(unleash, FLAG, ENVIRONMENT)).isEnabled;
        if (accepted.state === 'yes' && readBack.state === 'yes' && isOff) confirmed += 1;
        // The first of each opens connections.
        if (isWarm) {
          bare.push(alone.tookMs);
          same.push(three.tookMs);
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
        shown(
          'click to accepted and read back, against the same three calls',
          median(clicks) / median(same),
          'x',
          'read, "off", read: what a press sends, because what it will overwrite is read at the press',
        ),
        shown('click to accepted and read back, median', median(clicks), 'ms'),
        shown('click to accepted and read back, p95', quantile(clicks, 0.95), 'ms'),
        shown('the two bare calls, median', median(bare), 'ms'),
        shown('the same three calls, median', median(same), 'ms'),
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
