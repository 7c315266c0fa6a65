import { setTimeout as wait } from 'node:timers/promises';
import type { EvalCase } from '#shared/model/eval-case.ts';
import type { HostSettings } from '../engine-options.ts';
import { connect, type EngineClient } from './engine-client.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

const LOOK_EVERY_MS = 500;

/** Lists an incident's eval cases; proves one, or checks its gate, and says what came of it. */
export async function evals(
  settings: HostSettings & {
    readonly incidentId: string;
    /** Prove this case; null = none. */
    readonly prove: string | null;
    /** Check the gate of this case; null = none. */
    readonly gate: string | null;
    readonly isJson: boolean;
  },
  say: (line: string) => void,
  complain: (line: string) => void,
): Promise<ExitCode> {
  const { incidentId, prove, gate, isJson } = settings;
  const connection = await connect(settings);
  try {
    const { client } = connection;
    await client.incident.get({ incidentId });
    const caseId = prove ?? gate;
    const chosen = caseId === null ? null : await findCase(client, incidentId, caseId);
    if (caseId !== null && chosen === null) {
      complain(`${incidentId} has no eval case ${caseId}.`);
      return EXIT.usage;
    }
    let done = chosen;
    if (chosen && prove !== null) done = await proven(client, chosen);
    if (done && gate !== null) {
      const command = { operationId: crypto.randomUUID(), caseId: done.id, revisionShown: done.revision };
      done = await client.evalCase.checkGate(command);
    }
    const shown = done ? [done] : await client.evalCase.list({ incidentId });
    if (isJson) say(JSON.stringify(shown, null, 2));
    else for (const line of shown.length === 0 ? ['no eval case yet'] : shown.flatMap(linesOf)) say(line);
    if (done === null) return EXIT.done;
    const isAsWanted = gate === null ? done.proof?.verdict?.isAccepted === true : done.state === 'gated';
    return isAsWanted ? EXIT.done : EXIT.refused;
  } finally {
    await connection.close();
  }
}

async function findCase(client: EngineClient, incidentId: string, caseId: string): Promise<EvalCase | null> {
  const cases = await client.evalCase.list({ incidentId });
  return cases.find(({ id }) => id === caseId) ?? null;
}

/** Begins the runs and waits for their end. */
async function proven(client: EngineClient, one: EvalCase): Promise<EvalCase> {
  const command = { operationId: crypto.randomUUID(), caseId: one.id, revisionShown: one.revision };
  let now = await client.evalCase.prove(command);
  while (now.state === 'proving') {
    await wait(LOOK_EVERY_MS);
    now = (await findCase(client, one.incidentId, one.id)) ?? now;
  }
  return now;
}

function linesOf({ id, content, state, proof, gate }: EvalCase): string[] {
  const runs = (proof?.runs ?? []).map(
    (run) =>
      `    ${run.role} ${run.version}: ${run.verdict}${run.verdict === 'error' ? `, ${run.detail}` : ''}`,
  );
  const verdict = proof?.verdict
    ? [`  ${proof.verdict.isAccepted ? 'accepted' : 'refused'}: ${proof.verdict.sentence}`]
    : [];
  const gated = gate ? [`  ${gate.sentence}`] : [];
  return [`${id}  ${state}  ${content.name}`, ...runs, ...verdict, ...gated];
}
