import { randomUUID } from 'node:crypto';
import { startFakeServer } from '../fake-server.ts';
import type { FakeReply, FakeRequest, FakeServer } from '../fake-server.ts';

type Variant = { name: string; weight: number; weightType: string; stickiness: string };
type Strategy = {
  id: string;
  name: string;
  parameters: Record<string, string>;
  constraints: unknown[];
  segments: number[];
  variants: Variant[];
  disabled: boolean;
};
type Environment = { enabled: boolean; strategies: Strategy[] };

export type FakeUnleash = FakeServer & {
  readonly token: string;
  readonly environment: Environment;
  readonly events: Record<string, unknown>[];
};

export const FLAG_PATH = '/base/api/admin/projects/default/features/support_prompt/environments/production';

/**
 * The shapes and traps of Unleash 7.6.5 as observed on the real server (connectors/flags.md 8): weights of `variable` variants are
 * re-balanced equally, a failing JSON patch test is a 500, `on` without a strategy adds one, rollout is not validated.
 */
export async function startFakeUnleash(): Promise<FakeUnleash> {
  const token = '*:*.very-secret-admin-token';
  const variant = (name: string, weight: number, weightType: string): Variant => ({
    name,
    weight,
    weightType,
    stickiness: 'default',
  });
  const environment: Environment = {
    enabled: true,
    strategies: [
      {
        id: 'strategy-1',
        name: 'flexibleRollout',
        parameters: { rollout: '100', stickiness: 'default', groupId: 'support_prompt' },
        constraints: [],
        segments: [],
        variants: [variant('v17', 950, 'variable'), variant('v18', 50, 'fix')],
        disabled: false,
      },
    ],
  };
  const events: Record<string, unknown>[] = [];
  const log = (type: string, data: unknown = null, preData: unknown = null) =>
    events.push({
      id: events.length + 1,
      type,
      createdBy: 'dana',
      createdAt: new Date().toISOString(),
      environment: 'production',
      data,
      preData,
    });

  const handle = (request: FakeRequest): FakeReply => {
    const { method, path } = request;
    if (request.headers.authorization !== token)
      return { status: 401, json: { message: `token ${request.headers.authorization} is not known` } };
    if (method === 'GET' && path === '/base/api/admin/environments/project/default')
      return {
        json: {
          version: 1,
          environments: [
            { name: 'production', type: 'production', enabled: true, protected: false, sortOrder: 1 },
          ],
        },
      };
    if (method === 'GET' && path === '/base/api/admin/projects')
      return { json: { version: 1, projects: [{ id: 'default', name: 'Default' }] } };
    if (method === 'GET' && path === '/base/api/admin/search/features')
      return { json: { total: 1, features: [{ name: 'support_prompt' }] } };
    if (method === 'GET' && path === '/base/api/admin/search/events')
      return { json: { total: events.length, events: events.toReversed() } };
    if (!path.startsWith(FLAG_PATH))
      return { status: 404, json: { name: 'NotFoundError', message: 'Could not find feature' } };
    const rest = path.slice(FLAG_PATH.length);
    if (rest === '' && method === 'GET')
      return { json: { name: 'support_prompt', environment: 'production', ...structuredClone(environment) } };
    if (method === 'POST' && (rest === '/on' || rest === '/off')) {
      const enabled = rest === '/on';
      if (environment.enabled !== enabled)
        log(enabled ? 'feature-environment-enabled' : 'feature-environment-disabled');
      environment.enabled = enabled;
      if (enabled && environment.strategies.length === 0) environment.strategies.push(wholeRollout());
      return { status: 200 };
    }
    if (rest === '/strategies' && method === 'POST') {
      const added: Strategy = { ...(JSON.parse(request.body) as Strategy), id: randomUUID() };
      environment.strategies.push(added);
      log('feature-strategy-add', added);
      return { json: added };
    }
    const id = /^\/strategies\/([^/]+)$/.exec(rest)?.[1];
    const index = environment.strategies.findIndex((strategy) => strategy.id === id);
    const strategy = environment.strategies[index];
    if (!strategy)
      return { status: 404, json: { name: 'NotFoundError', message: 'Could not find strategy' } };
    const preData = structuredClone(strategy);
    if (method === 'DELETE') {
      environment.strategies.splice(index, 1);
      return { status: 200 };
    }
    if (method === 'PUT') Object.assign(strategy, JSON.parse(request.body));
    else {
      for (const step of JSON.parse(request.body) as { op: string; path: string; value: unknown }[]) {
        const keys = step.path.split('/').slice(1);
        const last = keys.pop() ?? '';
        const holder = keys.reduce(
          (at, key) => at[key] as Record<string, unknown>,
          strategy as unknown as Record<string, unknown>,
        );
        if (step.op === 'test' && holder[last] !== step.value)
          return { status: 500, json: { name: 'UnknownError', message: 'Test operation failed' } };
        if (step.op === 'replace') holder[last] = step.value;
      }
    }
    if (strategy.variants.some((one) => one.weight > 1000)) {
      Object.assign(strategy, preData);
      return {
        status: 400,
        json: {
          name: 'BadDataError',
          message: 'Request validation failed',
          details: [{ message: 'weight must be <= 1000' }],
        },
      };
    }
    rebalance(strategy.variants);
    log('feature-strategy-update', structuredClone(strategy), preData);
    return { json: structuredClone(strategy) };
  };

  const server = await startFakeServer(handle);
  return { ...server, token, environment, events };
}

function rebalance(variants: Variant[]): void {
  const variable = variants.filter((variant) => variant.weightType === 'variable');
  const fixed = variants
    .filter((variant) => variant.weightType === 'fix')
    .reduce((sum, variant) => sum + variant.weight, 0);
  for (const variant of variable) variant.weight = Math.floor((1000 - fixed) / variable.length);
}

const wholeRollout = (): Strategy => ({
  id: randomUUID(),
  name: 'flexibleRollout',
  parameters: { rollout: '100', stickiness: 'default' },
  constraints: [],
  segments: [],
  variants: [],
  disabled: false,
});
