import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { ConnectorLog } from '../connectors/kind.ts';
import type { SuiteRunner } from '../evals/kind.ts';
import { prepareCheckout } from '../practice-suite/checkout.ts';
import { recordedAnswers } from '../practice-suite/recorded-answers.ts';
import { openReviewer } from '../practice-suite/reviewer.ts';
import { recordedAnswers as answersOf } from './texts.ts';
import { startWebhookSink } from './webhook-sink.ts';

/** What stands around the simulated fleet on this machine: a channel, a pager, and the support agent's git checkout. */
export type Surroundings = {
  /** What the demonstration's workspace file calls them by. */
  readonly env: Readonly<Record<string, string>>;
  /** The runner that the suite's command names. */
  readonly runners: Readonly<Record<string, SuiteRunner>>;
  /** The team's part, to be called every few seconds. */
  keepUp(): Promise<void>;
  close(): Promise<void>;
};

/** Without git there is no checkout: the suite says so where it is looked at, and everything else works. */
export async function prepareSurroundings(options: {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly dataDir: string;
  readonly log: ConnectorLog;
}): Promise<Surroundings> {
  const sink = await startWebhookSink(options.clock);
  const checkout = join(options.dataDir, 'demonstration', 'support-agent');
  const reviewer = await openReviewer(checkout, { isNew: false });
  const recordings = Object.entries(answersOf()).map(([version, answers]) => ({ version, answers }));
  const suite = { name: 'support-agent', occasion: 'the built-in demonstration', recordings };
  const isPrepared = await prepareCheckout(checkout, suite).then(
    () => true,
    (error: unknown) => {
      options.log.warn({ err: error }, 'the demonstration has no eval suite');
      return false;
    },
  );
  return {
    env: {
      FUSEBOX_DEMONSTRATION_CHAT_URL: sink.chatUrl,
      FUSEBOX_DEMONSTRATION_PAGE_URL: sink.pageUrl,
      FUSEBOX_DEMONSTRATION_CHECKOUT: checkout,
    },
    runners: { 'recorded-answers': recordedAnswers },
    keepUp: async () => {
      if (isPrepared) await reviewer.look();
    },
    close: () => sink.close(),
  };
}
