import type { FlagTarget } from '#shared/model/workspace.ts';
import type { HttpClient } from '../http.ts';
import type { WriteOutcome, WriteRequest } from '../kind.ts';
import { messageInBody } from '../response-text.ts';
import { outcomeOf } from '../write-outcome.ts';
import { environmentPath, isSameStrategy, writable } from './admin-api.ts';
import { shareSlotOf, WHOLE } from './intended.ts';
import { snapshotSchema, strategySchema } from './shapes.ts';
import type { UnleashSnapshot } from './shapes.ts';

export const SYSTEM = 'Unleash';

const notSupported = (message: string, fix: string): WriteOutcome => ({
  kind: 'refused',
  reason: 'not-supported',
  status: null,
  message,
  fix,
});

/** POST …/off or …/on: empty answer, same again changes nothing. */
export async function switchFlag(
  http: HttpClient,
  target: FlagTarget,
  to: 'on' | 'off',
): Promise<WriteOutcome> {
  const { answer, secrets } = await http.write({ method: 'POST', path: `${environmentPath(target)}/${to}` });
  return outcomeOf(answer, SYSTEM, `${target.key} is ${to} in ${target.environment}`, secrets);
}

/**
 * Sets the candidate's fixed weight by JSON patch; `test` lines make the server refuse when the weight is no longer the one shown.
 * A failing `test` is answered with 500 "Test operation failed", the one 500 that is a conflict.
 */
export async function setShare(
  http: HttpClient,
  target: FlagTarget,
  request: WriteRequest,
  share: { readonly version: string; readonly share01: number },
): Promise<WriteOutcome> {
  const expected = snapshotSchema.safeParse(request.expected.snapshot);
  if (!expected.success)
    return notSupported('The state shown does not come from Unleash.', 'Read the flag again.');
  const found = shareSlotOf(target, share.version, expected.data);
  if (!found.ok) return notSupported(`The share cannot be set: ${found.reason}.`, 'Use the killswitch.');
  const { strategy, index, variant, rollout } = found.slot;
  const weight = Math.round((share.share01 / rollout) * WHOLE);
  if (weight > WHOLE)
    return notSupported(
      `The strategy lets in ${Math.round(rollout * 100)} % of the traffic, less than the share asked for.`,
      'Raise the rollout in the flag console first.',
    );
  const { answer, secrets } = await http.write({
    method: 'PATCH',
    path: `${environmentPath(target)}/strategies/${encodeURIComponent(strategy.id)}`,
    json: [
      { op: 'test', path: `/variants/${index}/name`, value: variant.name },
      { op: 'test', path: `/variants/${index}/weight`, value: variant.weight },
      { op: 'replace', path: `/variants/${index}/weight`, value: weight },
    ],
  });
  if (
    answer.kind === 'answered' &&
    answer.status === 500 &&
    /test operation failed/i.test(messageInBody(answer.body) ?? JSON.stringify(answer.body))
  )
    return {
      kind: 'refused',
      reason: 'conflict',
      status: 500,
      message: `Unleash refused: the weight of ${variant.name} is no longer ${variant.weight}.`,
      fix: 'Look at the present state, then press again.',
    };
  const outcome = outcomeOf(
    answer,
    SYSTEM,
    `${variant.name} has weight ${weight} of ${WHOLE} in ${target.environment}`,
    secrets,
  );
  if (outcome.kind !== 'accepted' || answer.kind !== 'answered') return outcome;
  // The server re-balances weights by rules of its own and answers 200: only what it answers counts.
  const after = strategySchema.safeParse(answer.body);
  const got = after.success
    ? after.data.variants?.find((other) => other.name === variant.name)?.weight
    : undefined;
  return got === weight
    ? outcome
    : {
        kind: 'unknown',
        detail:
          got === undefined
            ? 'Unleash accepted the change but did not say what the weights are now'
            : `Unleash accepted the change but answered weight ${got} instead of ${weight} for ${variant.name}`,
      };
}

/**
 * Puts a snapshot back: strategies only where they differ, and the switch at the safe end (off first, or on last), so that no
 * half-restored rules ever serve. Several calls: once one of them went through, a later failure is "unknown", not "refused".
 */
export async function restore(
  http: HttpClient,
  target: FlagTarget,
  request: WriteRequest,
): Promise<WriteOutcome> {
  const wanted = snapshotSchema.safeParse(request.snapshot);
  const present = snapshotSchema.safeParse(request.expected.snapshot);
  if (!wanted.success || !present.success)
    return notSupported('The snapshot does not come from Unleash.', 'Put the flag back in its console.');
  if (wanted.data.feature !== target.key || wanted.data.environment !== target.environment)
    return notSupported(
      `The snapshot is of ${wanted.data.feature} in ${wanted.data.environment}, not of this flag.`,
      'Put the flag back in its console.',
    );
  const steps: (() => Promise<WriteOutcome>)[] = [
    ...(wanted.data.enabled ? [] : [() => switchFlag(http, target, 'off')]),
    ...strategySteps(http, target, wanted.data, present.data),
    ...(wanted.data.enabled ? [() => switchFlag(http, target, 'on')] : []),
  ];
  let last: WriteOutcome | null = null;
  for (const step of steps) {
    const outcome = await step();
    if (outcome.kind !== 'accepted') {
      if (last === null || outcome.kind === 'unknown') return outcome;
      return { kind: 'unknown', detail: `put back in part only; then: ${outcome.message}` };
    }
    last = outcome;
  }
  return last ?? notSupported('There is nothing to put back.', '');
}

function strategySteps(
  http: HttpClient,
  target: FlagTarget,
  wanted: UnleashSnapshot,
  present: UnleashSnapshot,
): (() => Promise<WriteOutcome>)[] {
  const base = `${environmentPath(target)}/strategies`;
  const send =
    (method: 'PUT' | 'POST' | 'DELETE', path: string, detail: string, json?: unknown) => async () => {
      const { answer, secrets } = await http.write({ method, path, json });
      return outcomeOf(answer, SYSTEM, detail, secrets);
    };
  const steps: (() => Promise<WriteOutcome>)[] = [];
  for (const strategy of wanted.strategies) {
    const now = present.strategies.find((other) => other.id === strategy.id);
    const path = `${base}/${encodeURIComponent(strategy.id)}`;
    if (!now) steps.push(send('POST', base, `strategy ${strategy.name} added again`, writable(strategy)));
    else if (!isSameStrategy(now, strategy))
      steps.push(send('PUT', path, `strategy ${strategy.name} put back`, writable(strategy)));
  }
  for (const strategy of present.strategies)
    if (!wanted.strategies.some((other) => other.id === strategy.id))
      steps.push(
        send('DELETE', `${base}/${encodeURIComponent(strategy.id)}`, `strategy ${strategy.name} removed`),
      );
  return steps;
}
