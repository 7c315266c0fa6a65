import { redact, redactionRecord } from '#shared/domain/evals/redact.ts';
import type { EvalAssertion, EvalCase, EvalContent } from '#shared/model/eval-case.ts';
import type { Sample } from '#shared/model/evidence.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { SignalId } from '#shared/model/signal.ts';
import type { Hands } from './carry-out.ts';
import { tellingCheck } from './telling-check.ts';

/** What went wrong before anybody knew of it. */
const BEFORE_MS = 30 * 60_000;
/** Complaints come minutes after their answers: until then a bad answer counts among the good. */
const COMPLAINED_WITHIN_MS = 5 * 60_000;
/** Answers with a text that are read before a check is written; more of them once a check was refused. */
const READ_FIRST = 12;
const READ_AGAIN = 40;
/** Most conversations keep no text: they are gone through from the newest, so many and so long at a time. */
const PAGE = 50;
const PAGE_MS = 2 * 60_000;

/** A case from what the evidence shows: not proven yet. */
export async function writeCase(incident: Incident, hands: Hands): Promise<void> {
  await hands.client.evalCase.save({
    incidentId: incident.id,
    operationId: hands.operationId(),
    caseId: null,
    revisionShown: null,
    content: await contentOf(incident, hands, { answers: READ_FIRST, refused: [] }),
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
      content: await contentOf(incident, hands, { answers: READ_AGAIN, refused: one.content.assertions }),
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

type Wish = { readonly answers: number; readonly refused: readonly EvalAssertion[] };
type Read = { readonly kind: 'bad' | 'good'; readonly signal?: SignalId; readonly toMs: number };

/** The bad production output as the example, a good one as gold answer, and a check that tells the answers read apart. */
async function contentOf(
  incident: Incident,
  { client, nowMs }: Hands,
  { answers, refused }: Wish,
): Promise<EvalContent> {
  const { badVersion, goodVersion, promptId } = incident;
  const fromMs = incident.declaredAtMs - BEFORE_MS;
  async function read(version: string | null, { toMs, ...which }: Read): Promise<Sample[]> {
    const found: Sample[] = [];
    if (version === null) return found;
    for (let endMs = toMs; endMs > fromMs && found.length < answers; endMs -= PAGE_MS) {
      const window = { fromMs: Math.max(fromMs, endMs - PAGE_MS), toMs: endMs };
      const page = await client.evidence.samples({ promptId, version, ...which, limit: PAGE, window });
      found.push(...page.filter(({ output }) => output !== null && output !== ''));
    }
    return found;
  }
  // What the alarm was about; of low ratings only those that come with a complaint, because a rating may have other reasons.
  const { signal: about } = incident.trigger;
  const signal = about === null || about === 'csat' ? 'complaints' : about;
  const shown = await read(badVersion, { kind: 'bad', signal, toMs: nowMs() });
  const bad = shown.length > 0 ? shown : await read(badVersion, { kind: 'bad', toMs: nowMs() });
  const good = await read(goodVersion, { kind: 'good', toMs: nowMs() - COMPLAINED_WITHIN_MS });
  const suites = await client.evalCase.suites({ promptId });
  const [sample] = bad;
  const [model] = good;
  const check = tellingCheck(texts(bad), texts(good), refused);
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

function texts(samples: readonly Sample[]): string[] {
  return samples.map(({ output }) => output ?? '');
}
