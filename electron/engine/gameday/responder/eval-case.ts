import { redact, redactionRecord } from '#shared/domain/evals/redact.ts';
import type { EvalCase, EvalContent } from '#shared/model/eval-case.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { Hands } from './carry-out.ts';
import { tellingCheck } from './telling-check.ts';

const SAMPLE_WINDOW_MS = 30 * 60_000;
/** Answers of each version that are read before a check is written; more of them once a check was refused. */
const READ_FIRST = 25;
const READ_AGAIN = 50;

/** A case from what the evidence shows: not proven yet. */
export async function writeCase(incident: Incident, hands: Hands): Promise<void> {
  await hands.client.evalCase.save({
    incidentId: incident.id,
    operationId: hands.operationId(),
    caseId: null,
    revisionShown: null,
    content: await contentOf(incident, hands, READ_FIRST),
  });
}

/** Writes the newest case into its suite and begins the proof; one that was refused gets another check first, from more answers. */
export async function proveCase(incident: Incident, hands: Hands): Promise<void> {
  const { client, operationId } = hands;
  let one = await newestCase(incident, hands);
  if (one === null) return;
  if (one.state === 'refused') {
    one = await client.evalCase.save({
      incidentId: incident.id,
      operationId: operationId(),
      caseId: one.id,
      revisionShown: one.revision,
      content: await contentOf(incident, hands, READ_AGAIN),
    });
  }
  const shown = { caseId: one.id, revisionShown: one.revision };
  const written = await client.evalCase.write({ operationId: operationId(), ...shown, to: 'working-tree' });
  await client.evalCase.prove({
    operationId: operationId(),
    caseId: one.id,
    revisionShown: written.revision,
  });
}

/** Looks whether the case is in what the workflow runs. */
export async function checkGate(incident: Incident, hands: Hands): Promise<void> {
  const one = await newestCase(incident, hands);
  if (one === null) return;
  const { id: caseId, revision: revisionShown } = one;
  await hands.client.evalCase.checkGate({ operationId: hands.operationId(), caseId, revisionShown });
}

async function newestCase({ id }: Incident, { client }: Hands): Promise<EvalCase | null> {
  return (await client.evalCase.list({ incidentId: id }))[0] ?? null;
}

/** The bad production output as the example, a good one as gold answer, and a check that tells the answers read apart. */
async function contentOf(
  incident: Incident,
  { client, nowMs }: Hands,
  answersRead: number,
): Promise<EvalContent> {
  const { badVersion, goodVersion, promptId } = incident;
  const window = { fromMs: nowMs() - SAMPLE_WINDOW_MS, toMs: nowMs() };
  const ask = (version: string, kind: 'bad' | 'good') =>
    client.evidence.samples({ promptId, version, kind, limit: answersRead, window });
  const bad = badVersion === null ? [] : await ask(badVersion, 'bad');
  const said = new Set(texts(bad));
  // A complaint comes minutes after its answer: until then a bad one counts among the good.
  const good = (await ask(goodVersion, 'good')).filter(({ output }) => !said.has(output ?? ''));
  const suites = await client.evalCase.suites({ promptId });
  const [sample] = bad;
  const [model] = good;
  const check = tellingCheck([...said], texts(good));
  const redacted = redact(
    [
      sample?.input ?? 'A message like those that went wrong.',
      sample?.output ?? '',
      model?.output ?? `As ${goodVersion} answers it.`,
    ],
    { names: [], keep: [] },
  );
  const [input = '', badOutput = '', gold = ''] = redacted.map(({ text }) => text);
  return {
    name: `what ${badVersion ?? 'it'} got wrong`,
    suiteId: suites.find(({ problem }) => problem === null)?.id ?? '',
    inputs: [{ name: 'user_message', text: input }],
    badOutput,
    gold,
    assertions: [check ?? { kind: 'like-gold', threshold01: 0.8 }],
    redaction: redactionRecord(redacted, true),
    source: sample ? { traceId: sample.traceId, atMs: sample.atMs } : null,
  };
}

function texts(samples: readonly { readonly output: string | null }[]): string[] {
  return samples.flatMap(({ output }) => (output === null || output === '' ? [] : [output]));
}
