import { contentProblems } from '#shared/domain/evals/content.ts';
import type { EvalCase, EvalProof } from '#shared/model/eval-case.ts';
import type { Clock } from '../clock.ts';
import type { ConnectorLog } from '../connectors/kind.ts';
import type { IncidentChange } from '../incidents/change-incident.ts';
import { createTurns } from '../incidents/turns.ts';
import type { Command, IncidentDesk, WorkspaceDesk } from '../ports.ts';
import { refused, requireRevision } from '../postmortem/conflict.ts';
import type { EvalCaseRecord, Records } from '../records/kind.ts';
import { again, isChangedMeanwhile, isNumberTaken } from './again.ts';
import { changed, incidentEdit, missingCase, newCase, withContent } from './case-book.ts';
import { createGitGate, type GateCheck } from './git-gate.ts';
import type { EvalDesk, SuiteRunner } from './kind.ts';
import { createProofRuns } from './proof-runs.ts';
import { latestEndMs } from './prove.ts';
import { createSuites, usualPlace } from './suites.ts';
import { caseFiles } from './suite-files.ts';
import { provableVersions, readyToProve, writeCase } from './write-case.ts';

export type EvalDeps = {
  readonly records: Records;
  readonly clock: Clock;
  readonly workspace: WorkspaceDesk;
  readonly log: ConnectorLog;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly gate?: GateCheck;
  /** Runners that come with Fusebox, by the name a suite's command calls them. */
  readonly runners?: Readonly<Record<string, SuiteRunner>> | undefined;
};

const TOOL = 'fusebox';

/** From a bad output to a case that is proven and gated. One command on an incident's cases at a time; proofs run beside. */
export function createEvalDesk(
  deps: EvalDeps,
  changes: IncidentChange,
  incidents: Pick<IncidentDesk, 'get'>,
): EvalDesk {
  const { records, clock, workspace } = deps;
  const suites = createSuites(workspace, deps.env);
  const gate = deps.gate ?? createGitGate();
  const turns = createTurns();
  const runs = createProofRuns({ ...deps, settle });

  async function recordOf(caseId: string): Promise<EvalCaseRecord> {
    const [record] = await records.evalCases({ id: caseId });
    if (!record) throw missingCase(caseId);
    return record;
  }

  /** With the runs that have come in since the proof began. */
  function asOfNow(one: EvalCase): EvalCase {
    const found = runs.of(one.id);
    return found && one.proof?.state === 'running'
      ? { ...one, proof: { ...one.proof, runs: [...found] } }
      : one;
  }

  async function get(caseId: string): Promise<EvalCase> {
    return asOfNow((await recordOf(caseId)).case);
  }

  async function inTurn<T>(incidentId: string, work: () => Promise<T>): Promise<T> {
    const release = await turns.take(incidentId);
    try {
      return await work();
    } finally {
      release();
    }
  }

  type Told = { readonly says: string; readonly line: string | null };

  /** One command on one case: looked at outside of the transaction, changed inside of it. A repeat changes nothing. */
  async function change(
    command: Command & { caseId: string; revisionShown?: number },
    what: string,
    work: (before: EvalCase) => Promise<Told & { after: EvalCase; afterwards?: () => void }>,
  ): Promise<EvalCase> {
    const { incidentId } = (await recordOf(command.caseId)).case;
    return inTurn(incidentId, async () => {
      if (await records.operation(command.operationId)) {
        await changes.amend({ ...command, incidentId }, what, () => ({ lines: [], says: '' }));
        return get(command.caseId);
      }
      const record = await recordOf(command.caseId);
      const before = record.case;
      if (command.revisionShown !== undefined) requireShown(before, command.revisionShown);
      const { after, afterwards, ...told } = await work(before);
      const others = await records.evalCases({ incidentId });
      await changes.amend({ ...command, incidentId }, what, (incident) =>
        incidentEdit(
          incident,
          others,
          { ...record, case: after },
          { ...told, by: command.actor.name, before },
        ),
      );
      afterwards?.();
      return asOfNow(after);
    });
  }

  /** The end of a proof: no command of its own, so no operation. What another engine wrote meanwhile is read again and kept. */
  async function settle(caseId: string, command: Command, proof: EvalProof): Promise<void> {
    const { incidentId } = (await recordOf(caseId)).case;
    const end = async () => {
      const record = await recordOf(caseId);
      const after = changed(record.case, { proof }, { actor: command.actor, nowMs: clock.nowMs() });
      const others = await records.evalCases({ incidentId });
      const line =
        proof.verdict === null
          ? `proof of eval case ${caseId} ${proof.state}`
          : `eval case ${caseId} ${proof.verdict.isAccepted ? 'accepted' : 'refused'}: ${proof.verdict.sentence}`;
      await changes.settle({ ...command, incidentId }, (incident) =>
        incidentEdit(
          incident,
          others,
          { ...record, case: after },
          { says: line, line, by: TOOL, before: record.case },
        ),
      );
    };
    await inTurn(incidentId, () => again(end, isChangedMeanwhile));
  }

  const interrupt = (caseId: string, proof: EvalProof, command: Command) =>
    settle(caseId, command, { ...proof, state: 'interrupted', endedAtMs: clock.nowMs() });

  /** Throws REFUSED while another engine may still be running it. */
  function requireOurs({ promptId, content }: EvalCase, proof: EvalProof): void {
    if (proof.engineId === records.engineId) return;
    const suite = suites.suitesOf(promptId).find(({ id }) => id === content.suiteId);
    // Of a suite that is configured no more nobody knows how long it takes: whoever cancels is believed.
    const leftMs = suite ? latestEndMs(proof, suite) - clock.nowMs() : 0;
    if (leftMs <= 0) return;
    throw refused(
      `It runs in another cockpit: ${proof.startedBy} began it there.`,
      `Cancel it there. If that one is gone, it can be cancelled here in ${Math.ceil(leftMs / 60_000)} min.`,
    );
  }

  return {
    async suites(promptId) {
      return Promise.all(suites.suitesOf(promptId).map((suite) => suites.status(suite)));
    },

    async list(incidentId) {
      const found = await records.evalCases({ incidentId });
      return found.map((record) => asOfNow(record.case)).toReversed();
    },

    async preview({ incidentId, caseId, content, format }) {
      const incident = await incidents.get(incidentId);
      const others = await records.evalCases({ incidentId });
      const known = others.find((record) => record.case.id === caseId)?.case;
      const facts = {
        ...(known ?? newCase(incident, others, content, { actor: { name: '', via: 'engine' }, nowMs: 0 })),
        content,
      };
      const suite = suites.suitesOf(incident.promptId).find(({ id }) => id === content.suiteId);
      const shown = format ?? suite?.format ?? 'promptfoo';
      if (!suite || suite.format !== shown) {
        return caseFiles(facts, usualPlace(shown), shown, async () => null);
      }
      const checkout = await suites.open(suite);
      return caseFiles(facts, suite, shown, (path) => checkout.read(path));
    },

    async save(input) {
      const { incidentId, caseId, content, actor, operationId } = input;
      if (!content.redaction.isConfirmed) {
        throw refused(
          'What is replaced was not confirmed, and nothing from production is kept unseen.',
          'Look at the difference under Redact and confirm it.',
        );
      }
      const by = { actor, nowMs: clock.nowMs() };
      if (caseId !== null) {
        return change(
          { ...input, caseId, revisionShown: input.revisionShown ?? 0 },
          'evalCase.save',
          async (before) => {
            requireIdle(before);
            return {
              after: withContent(before, content, by),
              says: `eval case ${caseId} changed`,
              line: null,
            };
          },
        );
      }
      const incident = await incidents.get(incidentId);
      const begin = async (): Promise<EvalCase> => {
        const others = await records.evalCases({ incidentId });
        const earlier = others.find(({ createdByOperation }) => createdByOperation === operationId);
        if (earlier) return asOfNow(earlier.case);
        const made = newCase(incident, others, content, by);
        await changes.amend(input, 'evalCase.save', (record) =>
          incidentEdit(
            record,
            others,
            { case: made, createdByOperation: operationId },
            {
              by: actor.name,
              says: `eval case ${made.id} begun`,
              line: `eval case ${made.id} begun: ${content.name}`,
              before: null,
            },
          ),
        );
        return made;
      };
      return inTurn(incidentId, () => again(begin, isNumberTaken));
    },

    write: (input) =>
      change(input, 'evalCase.write', async (before) => {
        requireIdle(before);
        const suite = suites.suiteOf(before.promptId, before.content.suiteId);
        const earlier = await records.evalCases({ promptId: before.promptId });
        const written = await writeCase({
          one: before,
          suite,
          checkout: await suites.open(suite),
          to: input.to,
          earlier: earlier.map((record) => record.case),
          by: input.actor.name,
          nowMs: clock.nowMs(),
        });
        const where = written.branch === null ? 'the working tree' : `branch ${written.branch}`;
        const says = `eval case ${before.id} written to ${where} of ${suite.id}`;
        // The files are new: what was looked at under the gate were the former ones.
        const after = changed(before, { written, gate: null }, { actor: input.actor, nowMs: clock.nowMs() });
        return { after, says, line: says };
      }),

    prove: (input) =>
      change(input, 'evalCase.prove', async (before) => {
        requireIdle(before);
        const problems = contentProblems(
          before.content,
          suites.suiteOf(before.promptId, before.content.suiteId).format,
        );
        if (problems.length > 0) throw refused(problems[0] ?? '', 'Put it right, then write and prove it.');
        const { badVersion, goodVersion } = provableVersions(await incidents.get(before.incidentId));
        const suite = suites.suiteOf(before.promptId, before.content.suiteId);
        const place = await readyToProve(before, suite, await suites.open(suite));
        const proof: EvalProof = {
          state: 'running',
          badVersion,
          goodVersion,
          rule: { repeats: suite.repeats, flipsAllowed: suite.flipsAllowed },
          startedAtMs: clock.nowMs(),
          endedAtMs: null,
          startedBy: input.actor.name,
          engineId: records.engineId,
          runs: [],
          verdict: null,
        };
        const after = changed(before, { proof, gate: null }, { actor: input.actor, nowMs: clock.nowMs() });
        const afterwards = () =>
          runs.begin({ ...place, proof, suite, caseId: before.id }, place.remove, input);
        return { after, says: `eval case ${before.id}: proof begun`, line: null, afterwards };
      }),

    async cancel(input) {
      const ended = runs.cancel(input.caseId);
      if (!ended) {
        const one = await get(input.caseId);
        const { proof } = one;
        if (proof?.state !== 'running') return one;
        requireOurs(one, proof);
        await interrupt(one.id, proof, input);
        return get(input.caseId);
      }
      await ended;
      return get(input.caseId);
    },

    checkGate: (input) =>
      change(input, 'evalCase.checkGate', async (before) => {
        requireIdle(before);
        if (before.proof?.verdict?.isAccepted !== true) {
          throw refused('Only a proven case can be a gate.', 'Prove it first.');
        }
        const suite = suites.suiteOf(before.promptId, before.content.suiteId);
        const judged = await gate.check({ checkout: await suites.open(suite), suite, caseId: before.id });
        const report = { ...judged, checkedAtMs: clock.nowMs(), checkedBy: input.actor.name };
        const after = changed(before, { gate: report }, { actor: input.actor, nowMs: clock.nowMs() });
        const says = `eval case ${before.id}: ${judged.sentence}`;
        return { after, says, line: judged.isGated ? says : null };
      }),

    async recover() {
      for (const record of await records.evalCases({ state: 'proving' })) {
        const { id, proof } = record.case;
        // Another engine of the team may be at it.
        if (!proof || runs.of(id) || proof.engineId !== records.engineId) continue;
        const command = { operationId: `recover-${id}`, actor: { name: TOOL, via: 'engine' as const } };
        await interrupt(id, proof, command);
      }
    },

    stop: runs.stop,
  };
}

function requireShown(one: EvalCase, revisionShown: number): void {
  const { revision, changedBy, changedAtMs } = one;
  requireRevision(revisionShown, { revision, by: changedBy, atMs: changedAtMs }, one.id);
}

function requireIdle(one: EvalCase): void {
  if (one.state === 'proving') throw refused('It is being proven.', 'Wait for the runs, or cancel them.');
}
