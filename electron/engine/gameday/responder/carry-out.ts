import { assertNever } from '#shared/lib/assert-never.ts';
import { isFinished, plannedChecklists } from '#shared/domain/wave2/playbooks.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import type { SectionId } from '#shared/model/postmortem.ts';
import type { DrillWorld } from '../kind.ts';
import { checkGate, proveCase, writeCase } from './eval-case.ts';
import type { Move } from './next-move.ts';

/** What a responder works with: the public contract of the drill's world, as the page has it. */
export type Hands = {
  readonly client: DrillWorld['client'];
  readonly name: string;
  readonly nowMs: () => number;
  /** A new one for every command, the same ones for the same seed. */
  readonly operationId: () => string;
};

const WAIVED_BECAUSE: Readonly<Record<Extract<Move, { kind: 'waive' }>['blocker'], string>> = {
  'eval-case':
    'The case is written and cannot be proven here: no check of the text tells good answers from bad ones.',
  'eval-gate': 'The case is proven; nobody has reviewed and merged it yet.',
};
const DAY_MS = 86_400_000;

/** Does it through the contract. Throws what the engine answers: a refusal is an answer that a person reads. */
export async function carryOut(
  move: Move,
  incident: Incident,
  prompt: PromptStatus | null,
  hands: Hands,
): Promise<void> {
  const { client, operationId } = hands;
  const ref = { incidentId: incident.id };
  switch (move.kind) {
    case 'triage':
      await client.incident.triage({ ...ref, operationId: operationId(), triage: move.triage });
      return;
    case 'identify':
      await client.incident.identify({ ...ref, operationId: operationId(), version: move.version });
      return;
    case 'say-fix-is-ready':
      await client.incident.answer({
        ...ref,
        operationId: operationId(),
        question: 'fix-within-hour',
        answer: 'yes',
      });
      return;
    case 'decide':
      await client.incident.decide({ ...ref, operationId: operationId(), outcome: move.outcome });
      return;
    case 'press':
      await press(incident, hands);
      return;
    case 'hold-ramp':
      await holdRamp(incident.promptId, incident.id, prompt, hands);
      return;
    case 'act':
      await client.drill.act({ operationId: operationId(), action: move.action });
      return;
    case 'choose-playbook':
      await choosePlaybook(incident, hands);
      return;
    case 'finish-repair':
      await finishRepair(incident, hands);
      return;
    case 'tell':
      if (incident.note?.target) await client.note.post({ ...ref, operationId: operationId() });
      else await client.note.finish({ ...ref, operationId: operationId() });
      return;
    case 'write':
      await write(move.about, incident, hands);
      return;
    case 'prove-case':
      await proveCase(incident, hands);
      return;
    case 'check-gate':
      await checkGate(incident, hands);
      return;
    case 'waive':
      await client.postmortem.waive({
        ...ref,
        operationId: operationId(),
        blocker: move.blocker,
        name: hands.name,
        reason: WAIVED_BECAUSE[move.blocker],
      });
      return;
    case 'try-to-close':
    case 'close':
      await client.incident.close({ ...ref, operationId: operationId(), summary: summaryOf(incident) });
      return;
    default:
      assertNever(move, 'move');
  }
}

/** The first that the incident view suggests, else the commonest. */
async function choosePlaybook(incident: Incident, { client, operationId }: Hands): Promise<void> {
  const { suggestions } = await client.wave2.look({ incidentId: incident.id });
  const playbook = suggestions[0]?.playbook ?? 'parser';
  await client.wave2.choose({
    operationId: operationId(),
    incidentId: incident.id,
    revisionShown: incident.wave2?.playbooks[playbook]?.revision ?? 0,
    playbook,
    isChosen: true,
  });
}

/** Ticks off every step that is left. */
async function finishRepair({ id, wave2 }: Incident, { client, operationId, name }: Hands): Promise<void> {
  const steps = wave2 === null ? [] : plannedChecklists(wave2).flatMap((checklist) => checklist.steps);
  for (const step of steps) {
    if (isFinished(step)) continue;
    await client.wave2.setStep({
      operationId: operationId(),
      incidentId: id,
      revisionShown: step.now?.revision ?? 0,
      step: step.key,
      state: 'done',
      owner: name,
      reason: null,
    });
  }
}

/** The lever that the plan offers, in the state that the plan showed. */
async function press(incident: Incident, { client, operationId }: Hands): Promise<void> {
  const plan = await client.rollback.plan({ promptId: incident.promptId });
  if (plan.blocked !== null) return;
  await client.rollback.press({
    operationId: operationId(),
    promptId: incident.promptId,
    incidentId: incident.id,
    lever: plan.lever,
    toVersion: plan.toVersion,
    revisionShown: plan.state?.revision ?? null,
    reason: incident.trigger.sentence.slice(0, 500) || null,
  });
}

/** At its present share. */
export async function holdRamp(
  promptId: string,
  incidentId: string | null,
  prompt: PromptStatus | null,
  { client, operationId }: Pick<Hands, 'client' | 'operationId'>,
): Promise<void> {
  const candidate = prompt?.candidate ?? null;
  const intended = prompt?.lever?.intended.find(({ version }) => version === candidate)?.share01;
  const served = prompt?.serving.find(({ version }) => version === candidate)?.share01;
  await client.rollback.pauseRamp({
    operationId: operationId(),
    promptId,
    incidentId,
    share01: intended ?? served ?? 0,
  });
}

async function write(
  about: Extract<Move, { kind: 'write' }>['about'],
  incident: Incident,
  hands: Hands,
): Promise<void> {
  const { client, operationId, nowMs } = hands;
  const ref = { incidentId: incident.id };
  const bad = incident.badVersion ?? 'the new version';
  switch (about) {
    case 'cause':
      await section(
        'cause',
        `What ${bad} changed against ${incident.goodVersion}: read beside a bad answer, the changed sentence did it.`,
      );
      return;
    case 'detection-gap':
      await section('missed-by-evals', `No case of the suite has an input like the bad answers of ${bad}.`);
      await section(
        'why-not-sooner',
        'The ramp began without a live eval on this; the first figures came with the first complaints.',
      );
      return;
    case 'timeline':
      await client.postmortem.confirmTimeline({ ...ref, operationId: operationId() });
      return;
    case 'action-items':
      await client.actionItem.create({
        ...ref,
        operationId: operationId(),
        content: {
          title: `Eval case for ${incident.promptId}, gated in CI`,
          owner: hands.name,
          dueOn: new Date(nowMs() + 7 * DAY_MS).toISOString().slice(0, 10),
          state: 'open',
          droppedBecause: null,
          ticketUrl: null,
          failureMode: incident.trigger.signal,
          suiteId: null,
        },
      });
      return;
    case 'eval-case':
      await writeCase(incident, hands);
      return;
    default:
      assertNever(about, 'part of a postmortem');
  }

  async function section(id: SectionId, text: string): Promise<void> {
    const { sections } = await client.postmortem.get(ref);
    await client.postmortem.saveSection({
      ...ref,
      operationId: operationId(),
      section: id,
      revisionShown: sections[id]?.revision ?? 0,
      text,
    });
  }
}

function summaryOf(incident: Incident): string {
  const what = incident.decision.recorded?.outcome ?? 'undecided';
  return `${incident.trigger.sentence} Decided: ${what}. ${incident.verification?.sentence ?? ''}`.trim();
}
