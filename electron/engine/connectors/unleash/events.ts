import type { Change } from '#shared/model/evidence.ts';
import type { FlagTarget } from '#shared/model/workspace.ts';
import { strategySchema } from './shapes.ts';
import type { UnleashEvent } from './shapes.ts';

/** One entry of Unleash's event log as a line of the change feed. Event types: connectors/flags.md 8.3. */
export function changeOf(event: UnleashEvent, target: FlagTarget, sourceId: string): Change {
  return {
    atMs: Date.parse(event.createdAt),
    kind: 'flag',
    source: sourceId,
    by: event.createdBy ?? null,
    text: `${target.key}: ${textOf(event, target)}`,
  };
}

function textOf(event: UnleashEvent, target: FlagTarget): string {
  const where = event.environment ?? target.environment;
  switch (event.type) {
    case 'feature-environment-enabled':
      return `turned on in ${where}`;
    case 'feature-environment-disabled':
      return `turned off in ${where}`;
    case 'feature-strategy-add':
      return `strategy added in ${where} (${rulesOf(event.data)})`;
    case 'feature-strategy-remove':
      return `strategy removed in ${where} (${rulesOf(event.preData)})`;
    case 'feature-strategy-update':
      return `strategy changed in ${where} (${rulesOf(event.preData)} → ${rulesOf(event.data)})`;
    case 'feature-created':
      return 'created';
    case 'feature-archived':
      return 'archived';
    case 'feature-revived':
      return 'revived';
    default:
      return `${event.type.replace(/^feature-/, '').replaceAll('-', ' ')} in ${where}`;
  }
}

function rulesOf(data: unknown): string {
  const parsed = strategySchema.partial({ id: true }).safeParse(data);
  if (!parsed.success) return 'details not given';
  const { name, parameters, variants } = parsed.data;
  const rollout = parameters?.['rollout'];
  const parts = [
    typeof rollout === 'string' || typeof rollout === 'number' ? `${rollout} %` : name,
    ...(variants ?? []).map((variant) => `${variant.name} ${variant.weight / 10} %`),
  ];
  return parts.join(', ');
}
