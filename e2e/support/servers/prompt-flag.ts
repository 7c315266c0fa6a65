/** The two facts about an Unleash server that its admin API calls need. */
export type UnleashAdmin = { url: string; adminToken: string };

export type PromptFlag = {
  flag: string;
  environment: string;
  control: string;
  candidate: string;
  /** Share of the candidate in thousandths, Unleash's own scale: 50 is 5 %. */
  candidateWeight: number;
  /** What each variant carries as its payload; the version's name when absent. */
  payloads?: { control: string; candidate: string };
};

/** What Unleash's admin API says about one flag in one environment. */
export type FlagState = { isEnabled: boolean; weights: Record<string, number> };

/** One row of Unleash's own event log, newest first. */
export type FlagEvent = { type: string; environment: string | null; createdAt: string };

/**
 * Creates the feature with a `flexibleRollout` strategy at 100 % whose variants are the control (takes what is left) and the
 * candidate (fixed weight), and enables it in the environment.
 */
export async function seedPromptFlag(unleash: UnleashAdmin, seed: PromptFlag): Promise<void> {
  const features = '/api/admin/projects/default/features';
  await call(unleash, 'POST', features, {
    name: seed.flag,
    type: 'release',
    description: 'Which version of the prompt a conversation gets.',
    impressionData: true,
  });
  const variant = (
    name: string,
    weight: number,
    weightType: 'variable' | 'fix',
    payload: string,
  ): object => ({
    name,
    weight,
    weightType,
    stickiness: 'default',
    payload: { type: 'string', value: payload },
  });
  await call(unleash, 'POST', `${features}/${seed.flag}/environments/${seed.environment}/strategies`, {
    name: 'flexibleRollout',
    parameters: { rollout: '100', stickiness: 'default', groupId: seed.flag },
    constraints: [],
    segments: [],
    variants: [
      variant(seed.control, 1000 - seed.candidateWeight, 'variable', seed.payloads?.control ?? seed.control),
      variant(seed.candidate, seed.candidateWeight, 'fix', seed.payloads?.candidate ?? seed.candidate),
    ],
  });
  await call(unleash, 'POST', `${features}/${seed.flag}/environments/${seed.environment}/on`);
}

/** Turns the flag on or off behind Fusebox's back, as another person would in Unleash's own console. */
export async function setFlagEnabled(
  unleash: UnleashAdmin,
  flag: string,
  environment: string,
  isEnabled: boolean,
): Promise<void> {
  const path = `/api/admin/projects/default/features/${flag}/environments/${environment}`;
  await call(unleash, 'POST', `${path}/${isEnabled ? 'on' : 'off'}`);
}

/** Reads the flag from Unleash's admin API: the independent witness of every rollback test. */
export async function readFlag(unleash: UnleashAdmin, flag: string, environment: string): Promise<FlagState> {
  const body = (await call(
    unleash,
    'GET',
    `/api/admin/projects/default/features/${flag}/environments/${environment}`,
  )) as { enabled: boolean; strategies?: { variants?: { name: string; weight: number }[] }[] };
  const variants = body.strategies?.flatMap((strategy) => strategy.variants ?? []) ?? [];
  return {
    isEnabled: body.enabled,
    weights: Object.fromEntries(variants.map((one) => [one.name, one.weight])),
  };
}

/** Unleash's own event log of the flag, newest first: how often it was really written. */
export async function readFlagEvents(unleash: UnleashAdmin, flag: string): Promise<FlagEvent[]> {
  const body = (await call(unleash, 'GET', `/api/admin/events/${flag}`)) as { events: FlagEvent[] };
  return body.events;
}

async function call(
  unleash: UnleashAdmin,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<unknown> {
  const response = await fetch(`${unleash.url}${path}`, {
    method,
    headers: { authorization: unleash.adminToken, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Unleash answered ${response.status} to ${method} ${path}: ${text}`);
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}
