import { randomUUID } from 'node:crypto';
import type { EvalContent } from '#shared/model/eval-case.ts';
import type { Client } from './transports.ts';

/** What earlier calls found out and later ones need. */
export type Found = { promptId: string; incidentId: string; operationId: string; nowMs: number };

type Call = (client: Client, found: Found) => Promise<unknown>;

const PROMPT = 'customer_support_agent';
const command = () => ({ operationId: randomUUID() });
const window = ({ nowMs }: Found) => ({ fromMs: nowMs - 30 * 60_000, toMs: nowMs });

const ITEM = {
  title: 'Check the greeting in CI',
  owner: 'ana',
  dueOn: '2026-12-01',
  state: 'open',
  droppedBecause: null,
  ticketUrl: 'https://tickets.example/FB-1',
  failureMode: null,
  suiteId: null,
} as const;

const evalContent: EvalContent = {
  name: 'greets by name',
  suiteId: 'none of these',
  inputs: [{ name: 'user_message', text: 'Where is it? {{ 1+1 }} 漢字' }],
  badOutput: 'Hi. State your order number.',
  gold: null,
  assertions: [{ kind: 'contains', value: 'Dear', ignoreCase: false }],
  redaction: { replaced: { name: 1 }, kept: {}, isConfirmed: true },
  source: null,
};
/** No drill is under way here: building a world is no matter of transports. */
const NO_DRILL = 'DRILL-20260101-000000';
const evalCaseOf = async (client: Client, { incidentId }: Found) => {
  const [one] = await client.evalCase.list({ incidentId });
  return { caseId: one?.id ?? '', revisionShown: one?.revision ?? 0 };
};

/** One real call for every procedure of the contract, in an order that makes sense. `live.subscribe` has tests of its own. */
export const CALLS: Readonly<Record<string, Call>> = {
  'engine.info': async (client, found) => {
    const { info } = await client.engine.info();
    found.nowMs = info.nowMs;
    return info;
  },
  'engine.doctor': (client) => client.engine.doctor(),
  'source.list': (client) => client.source.list(),
  'source.test': (client) => client.source.test({ sourceId: 'flag-board' }),
  'prompt.list': (client) => client.prompt.list(),
  'prompt.versions': (client) => client.prompt.versions({ promptId: PROMPT }),
  'evidence.distribution': (client, found) =>
    client.evidence.distribution({ promptId: PROMPT, window: window(found) }),
  'evidence.workers': (client, found) =>
    client.evidence.workers({ promptId: PROMPT, window: window(found), expectedVersion: 'v17' }),
  'evidence.series': (client, found) =>
    client.evidence.series({ promptId: PROMPT, signal: 'complaints', window: window(found) }),
  'evidence.comparisons': (client) => client.evidence.comparisons({ promptId: PROMPT }),
  'evidence.samples': (client, found) =>
    client.evidence.samples({ promptId: PROMPT, version: 'v17', kind: 'good', window: window(found) }),
  'evidence.changes': (client, found) => client.evidence.changes({ promptId: PROMPT, window: window(found) }),
  'evidence.certainty': (client, found) =>
    client.evidence.certainty({ promptId: PROMPT, signal: 'complaints', window: window(found) }),
  'demo.startRegression': (client) => client.demo.startRegression(command()),
  'demo.setSpeed': (client) => client.demo.setSpeed({ ...command(), speed: 1 }),
  'demo.setStaleWorkers': (client) => client.demo.setStaleWorkers({ ...command(), count: 2 }),
  'incident.declare': async (client, found) => {
    const incident = await client.incident.declare({
      ...command(),
      promptId: PROMPT,
      reason: 'customers call: the greeting is rude',
      severity: 'P1',
    });
    found.incidentId = incident.id;
    return incident;
  },
  'incident.get': (client, { incidentId }) => client.incident.get({ incidentId }),
  'incident.list': (client) => client.incident.list({ status: 'open' }),
  'incident.identify': (client, { incidentId }) =>
    client.incident.identify({ ...command(), incidentId, version: 'v18' }),
  'incident.triage': (client, { incidentId }) =>
    client.incident.triage({ ...command(), incidentId, triage: 'prompt' }),
  'incident.setSeverity': (client, { incidentId }) =>
    client.incident.setSeverity({ ...command(), incidentId, severity: 'P2' }),
  'incident.answer': (client, { incidentId }) =>
    client.incident.answer({ ...command(), incidentId, question: 'worse-than-control', answer: 'yes' }),
  'incident.decide': (client, { incidentId }) =>
    client.incident.decide({ ...command(), incidentId, outcome: 'roll-back' }),
  'incident.note': (client, { incidentId }) =>
    client.incident.note({ ...command(), incidentId, text: 'Ünïcode, “quotes” and\nlines: 漢字 🔥' }),
  'incident.setSeat': (client, { incidentId }) =>
    client.incident.setSeat({ ...command(), incidentId, seat: 'scribe', name: 'bo' }),
  'incident.handOver': (client, { incidentId }) =>
    client.incident.handOver({
      ...command(),
      incidentId,
      to: 'Mira Okafor',
      text: 'Nothing is decided: 漢字',
    }),
  'presence.beat': (client, { incidentId }) =>
    client.presence.beat({ place: { kind: 'incident', incidentId }, session: 'parity-session' }),
  'presence.leave': (client, { incidentId }) =>
    client.presence.leave({ place: { kind: 'incident', incidentId }, session: 'parity-session' }),
  'rollback.plan': (client) => client.rollback.plan({ promptId: PROMPT }),
  'rollback.press': async (client, found) => {
    const plan = await client.rollback.plan({ promptId: PROMPT });
    found.operationId = randomUUID();
    return client.rollback.press({
      operationId: found.operationId,
      promptId: PROMPT,
      incidentId: found.incidentId,
      lever: plan.lever,
      toVersion: plan.toVersion,
      revisionShown: plan.state?.revision ?? null,
      reason: 'parity',
      waitMs: 20_000,
    });
  },
  'rollback.get': (client, { operationId }) => client.rollback.get({ operationId }),
  'rollback.undo': (client, { operationId }) =>
    client.rollback.undo({ ...command(), undoes: operationId, held: true, waitMs: 20_000 }),
  'rollback.pauseRamp': (client, { incidentId }) =>
    client.rollback.pauseRamp({ ...command(), promptId: PROMPT, incidentId, share01: 0, waitMs: 20_000 }),
  'policy.veto': (client) => client.policy.veto({ ...command(), policyActionId: 'none-of-these' }),
  'note.save': (client, { incidentId }) =>
    client.note.save({
      ...command(),
      incidentId,
      revisionShown: 0,
      text: 'The greeting was rude; v17 is back.',
    }),
  'note.post': (client, { incidentId }) => client.note.post({ ...command(), incidentId }),
  'note.finish': (client, { incidentId }) => client.note.finish({ ...command(), incidentId }),
  'postmortem.get': (client, { incidentId }) => client.postmortem.get({ incidentId }),
  'postmortem.saveSection': (client, { incidentId }) =>
    client.postmortem.saveSection({
      ...command(),
      incidentId,
      section: 'cause',
      revisionShown: 0,
      text: 'The new prompt dropped “be polite”.\n\nNobody noticed: 漢字 🔥',
    }),
  'postmortem.saveDetails': (client, { incidentId }) =>
    client.postmortem.saveDetails({
      ...command(),
      incidentId,
      revisionShown: 0,
      style: 'short',
      preparedBy: 'ana',
      reviewOn: '2026-12-01',
    }),
  'postmortem.correct': async (client, { incidentId }) => {
    const { incident } = await client.postmortem.get({ incidentId });
    const entry = incident.timeline[0];
    return client.postmortem.correct({
      ...command(),
      incidentId,
      entryId: entry?.id ?? 'none',
      atMs: (entry?.atMs ?? 0) - 60_000,
      reason: 'the first call came a minute earlier',
    });
  },
  'postmortem.confirmTimeline': (client, { incidentId }) =>
    client.postmortem.confirmTimeline({ ...command(), incidentId }),
  'postmortem.waive': (client, { incidentId }) =>
    client.postmortem.waive({
      ...command(),
      incidentId,
      blocker: 'eval-case',
      name: 'ana',
      reason: 'a rehearsal: no suite is configured',
    }),
  'postmortem.earlier': (client, { incidentId }) => client.postmortem.earlier({ incidentId }),
  'postmortem.render': (client, { incidentId }) => client.postmortem.render({ incidentId, style: 'full' }),
  'actionItem.create': (client, { incidentId }) =>
    client.actionItem.create({ ...command(), incidentId, content: ITEM }),
  'actionItem.change': (client, { incidentId }) =>
    client.actionItem.change({
      ...command(),
      itemId: `${incidentId}-A1`,
      revisionShown: 1,
      content: { ...ITEM, state: 'in-progress' },
    }),
  'actionItem.list': (client) => client.actionItem.list({ which: 'any' }),
  'evalCase.suites': (client) => client.evalCase.suites({ promptId: PROMPT }),
  'evalCase.save': (client, { incidentId }) =>
    client.evalCase.save({
      ...command(),
      incidentId,
      caseId: null,
      revisionShown: null,
      content: evalContent,
    }),
  'evalCase.list': (client, { incidentId }) => client.evalCase.list({ incidentId }),
  'evalCase.preview': (client, { incidentId }) =>
    client.evalCase.preview({ incidentId, content: evalContent, format: 'inspect' }),
  'evalCase.write': async (client, found) =>
    client.evalCase.write({ ...command(), ...(await evalCaseOf(client, found)), to: 'working-tree' }),
  'evalCase.prove': async (client, found) =>
    client.evalCase.prove({ ...command(), ...(await evalCaseOf(client, found)) }),
  'evalCase.cancel': async (client, found) => {
    const { caseId } = await evalCaseOf(client, found);
    return client.evalCase.cancel({ ...command(), caseId });
  },
  'evalCase.checkGate': async (client, found) =>
    client.evalCase.checkGate({ ...command(), ...(await evalCaseOf(client, found)) }),
  'wave2.look': (client, { incidentId }) => client.wave2.look({ incidentId }),
  'wave2.records': (client, { incidentId }) => client.wave2.records({ incidentId, limit: 5 }),
  'wave2.open': (client, { incidentId }) =>
    client.wave2.open({ ...command(), incidentId, reason: 'the queue still holds “rude” answers: 漢字' }),
  'wave2.choose': (client, { incidentId }) =>
    client.wave2.choose({ ...command(), incidentId, revisionShown: 0, playbook: 'parser', isChosen: true }),
  'wave2.setStep': (client, { incidentId }) =>
    client.wave2.setStep({
      ...command(),
      incidentId,
      revisionShown: 0,
      step: 'parser/hold',
      state: 'done',
      owner: null,
      reason: null,
    }),
  'wave2.tell': (client, { incidentId }) =>
    client.wave2.tell({
      ...command(),
      incidentId,
      revisionShown: 0,
      cohort: 'enterprise',
      state: 'told',
      reason: null,
    }),
  'wave2.close': (client, { incidentId }) =>
    client.wave2.close({ ...command(), incidentId, revisionShown: 1, reason: 'a rehearsal' }),
  'incident.close': (client, { incidentId }) =>
    client.incident.close({ ...command(), incidentId, summary: 'Contained; the greeting was rude.' }),
  'history.summary': (client) => client.history.summary({ groupBy: 'prompt', withMeans: true }),
  'history.incidents': (client) => client.history.incidents({ sort: 'time-to-rollback', limit: 10 }),
  'audit.head': (client) => client.audit.head(),
  'audit.verify': (client) => client.audit.verify({ anchors: [{ seq: 1, hash: '0'.repeat(64) }] }),
  'audit.post': (client) => client.audit.post({ ...command(), source: 'demo-channel' }),
  'drill.scenarios': (client) => client.drill.scenarios(),
  'drill.scenarioProblems': (client) => client.drill.scenarioProblems(),
  'drill.current': (client) => client.drill.current(),
  'drill.prepare': (client) => client.drill.prepare({ ...command(), scenarioId: 'none-of-these' }),
  'drill.begin': (client) => client.drill.begin({ ...command(), drillId: NO_DRILL }),
  'drill.setSpeed': (client) => client.drill.setSpeed({ ...command(), drillId: NO_DRILL, speed: 10 }),
  'drill.inject': (client) =>
    client.drill.inject({
      ...command(),
      drillId: NO_DRILL,
      fault: { kind: 'stale-workers', prompt: PROMPT, share01: 0.5 },
    }),
  'drill.withdraw': (client) => client.drill.withdraw({ ...command(), drillId: NO_DRILL, faultId: 'f1' }),
  'drill.hint': (client) => client.drill.hint({ ...command(), drillId: NO_DRILL }),
  'drill.finish': (client) => client.drill.finish({ ...command(), drillId: NO_DRILL }),
  'drill.abort': (client) => client.drill.abort({ ...command(), drillId: NO_DRILL, reason: 'fire alarm' }),
  'drill.reports': (client) => client.drill.reports({ limit: 10 }),
  'drill.report': (client) => client.drill.report({ drillId: NO_DRILL }),
  'drill.record': (client, { incidentId }) => client.drill.record({ ...command(), incidentId }),
  'drill.openBundle': (client) => client.drill.openBundle({ ...command(), text: 'no bundle' }),
  'drill.act': (client) => client.drill.act({ ...command(), action: 'call-provider' }),
  'demo.reset': (client) => client.demo.reset(command()),
};
