import { createHash } from 'node:crypto';
import type { Window } from '#shared/model/evidence.ts';
import type { FlagTarget } from '#shared/model/workspace.ts';
import { pathOf } from '../base-url.ts';
import type { HttpClient } from '../http.ts';
import { environmentSchema, eventsSchema, projectEnvironmentsSchema } from './shapes.ts';
import type { UnleashEvent, UnleashSnapshot, UnleashStrategy } from './shapes.ts';

export const environmentPath = (target: FlagTarget): string =>
  pathOf(
    'api',
    'admin',
    'projects',
    target.project,
    'features',
    target.key,
    'environments',
    target.environment,
  );

export async function readSnapshot(
  http: HttpClient,
  target: FlagTarget,
  signal?: AbortSignal,
): Promise<UnleashSnapshot> {
  const body = await http.read({ path: environmentPath(target), signal }, environmentSchema);
  return {
    project: target.project,
    feature: target.key,
    environment: target.environment,
    enabled: body.enabled,
    strategies: body.strategies,
    variants: body.variants ?? [],
  };
}

/** Must somebody approve a change there? Enterprise only. Null = it could not be asked; the write itself will tell. */
export async function needsApproval(
  http: HttpClient,
  target: FlagTarget,
  signal?: AbortSignal,
): Promise<boolean | null> {
  try {
    const path = pathOf('api', 'admin', 'environments', 'project', target.project);
    const { environments } = await http.read({ path, signal }, projectEnvironmentsSchema);
    const environment = environments.find((one) => one.name === target.environment);
    return environment?.protected === true || (environment?.requiredApprovals ?? 0) > 0;
  } catch {
    return null;
  }
}

/**
 * Changes of this flag in this environment, newest first. Unleash filters by whole days only (`from`, `to` as IS:YYYY-MM-DD), so the
 * window is cut here.
 */
export async function readEvents(
  http: HttpClient,
  target: FlagTarget,
  options: { readonly window?: Window; readonly limit: number; readonly signal?: AbortSignal },
): Promise<UnleashEvent[]> {
  const day = (atMs: number) => `IS:${new Date(atMs).toISOString().slice(0, 10)}`;
  const { events } = await http.read(
    {
      path: pathOf('api', 'admin', 'search', 'events'),
      query: {
        feature: `IS:${target.key}`,
        project: `IS:${target.project}`,
        limit: String(options.limit),
        offset: '0',
        ...(options.window ? { from: day(options.window.fromMs), to: day(options.window.toMs) } : {}),
      },
      signal: options.signal,
    },
    eventsSchema,
  );
  return events
    .filter((event) => {
      const atMs = Date.parse(event.createdAt);
      const isHere = (event.environment ?? target.environment) === target.environment;
      return isHere && (!options.window || (atMs >= options.window.fromMs && atMs < options.window.toMs));
    })
    .toSorted((a, b) => b.id - a.id);
}

/** Same for the same rules, whatever the order of the fields; ids count, so a strategy that was made anew is a change. */
export function revisionOf(snapshot: UnleashSnapshot): string {
  const { enabled, strategies, variants } = snapshot;
  return createHash('sha256')
    .update(canonical({ enabled, strategies: strategies.map(comparable), variants }))
    .digest('hex')
    .slice(0, 16);
}

/** Without what a read may add or leave out, so that two reads of the same rules compare equal. */
function comparable(strategy: UnleashStrategy): Record<string, unknown> {
  return { id: strategy.id, ...writable(strategy) };
}

/** The fields a strategy is written with. */
export function writable(strategy: UnleashStrategy): Record<string, unknown> {
  const { name, title, disabled, parameters, constraints, segments, variants, sortOrder } = strategy;
  return {
    name,
    ...(typeof title === 'string' && title !== '' ? { title } : {}),
    disabled: disabled ?? false,
    parameters: parameters ?? {},
    constraints: constraints ?? [],
    segments: segments ?? [],
    variants: variants ?? [],
    ...(typeof sortOrder === 'number' ? { sortOrder } : {}),
  };
}

export const isSameStrategy = (a: UnleashStrategy, b: UnleashStrategy): boolean =>
  canonical(writable(a)) === canonical(writable(b));

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
