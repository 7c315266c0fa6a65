import { configShelfConnector } from './config-shelf/config-shelf.ts';
import { flagBoardConnector } from './flag-board/flag-board.ts';
import { genericWebhookConnector } from './generic-webhook/generic-webhook.ts';
import type { ConnectorDescriptor } from './kind.ts';
import { practiceChannelConnector } from './practice-channel/practice-channel.ts';
import { prometheusConnector } from './prometheus/prometheus.ts';
import { promptShelfConnector } from './prompt-shelf/prompt-shelf.ts';
import { slackWebhookConnector } from './slack-webhook/slack-webhook.ts';
import { unleashConnector } from './unleash/unleash.ts';

/** Those that reach nothing outside this process and its data directory: all that the world of a drill has. */
export const BUILT_IN_CONNECTORS: readonly ConnectorDescriptor[] = [
  flagBoardConnector,
  promptShelfConnector,
  configShelfConnector,
  practiceChannelConnector,
];

/** Every connector there is. Adding one is its folder and a line here. */
export const CONNECTORS: readonly ConnectorDescriptor[] = [
  unleashConnector,
  flagBoardConnector,
  prometheusConnector,
  slackWebhookConnector,
  genericWebhookConnector,
];
