import type { DoctorFinding } from '#shared/contract/contract.ts';
import type { EngineInfo } from '#shared/model/live.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import type { AuditVerdict } from '../records/kind.ts';
import type { Doctor, LeverDesk, SourceDesk, WatchDesk, WorkspaceDesk } from '../ports.ts';
import type { EvidenceReader } from '../telemetry/kind.ts';
import type { EvalDesk } from '../evals/kind.ts';
import type { AnchorState } from '../history/anchor-keeper.ts';
import { roleWords } from '#shared/domain/team/may.ts';
import { isOverdue, practisedWords, provenWords } from '#shared/domain/readiness/proof.ts';
import { meterSentence, minutesToPage } from './meter-words.ts';

export type DoctorOptions = {
  readonly info: () => EngineInfo;
  readonly nowMs: () => number;
  readonly logPath: string | null;
  readonly workspace: Pick<WorkspaceDesk, 'current' | 'problems' | 'path'>;
  readonly sources: Pick<SourceDesk, 'list' | 'test'>;
  readonly levers: Pick<LeverDesk, 'refresh'>;
  readonly watch: Pick<WatchDesk, 'prompts'>;
  readonly evidence: Pick<EvidenceReader, 'unversionedShare01'>;
  readonly evals: Pick<EvalDesk, 'suites'>;
  readonly verifyAudit: () => Promise<AuditVerdict>;
  readonly anchors: () => Promise<AnchorState[]>;
};

/** Traces older than this say nothing about how a service is instrumented today. */
const LOOK_BACK_MS = 60 * 60_000;
/** More spans without a version than this: "which SHA" has no answer during an incident (leak 4). */
const UNVERSIONED_LIMIT_01 = 0.02;

/** A fourfold rise in complaints that takes longer than this to page is worth a warning. */
const SLOW_MIN = 60;

/** Looks at everything an incident would need, before there is one. Each part is examined on its own; none throws. */
export function createDoctor(options: DoctorOptions): Doctor {
  return {
    async examine() {
      const [sources, prompts, suites, records, anchored] = await Promise.all([
        examineSources(options),
        examinePrompts(options),
        examineSuites(options),
        examineRecords(options),
        examineAnchors(options),
      ]);
      return [
        examineEngine(options),
        ...examineWorkspace(options),
        examineRoles(options),
        ...sources,
        ...prompts,
        ...suites,
        ...records,
        ...anchored,
      ];
    },
  };
}

type Area = DoctorFinding['area'];
const ok = (area: Area, subject: string, text: string): DoctorFinding => ({
  area,
  subject,
  state: 'ok',
  text,
  fix: null,
});
const bad = (
  state: 'warning' | 'problem',
  area: Area,
  subject: string,
  text: string,
  fix: string | null,
): DoctorFinding => ({ area, subject, state, text, fix });
const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Eval suites: an incident cannot close without its case in one. A prompt without any is the team's choice, not a fault. */
async function examineSuites({ workspace, evals }: DoctorOptions): Promise<DoctorFinding[]> {
  const found = await Promise.all(
    workspace.current().prompts.map(async ({ id }) => {
      try {
        const suites = await evals.suites(id);
        return suites.map((suite) =>
          suite.problem === null
            ? ok('prompt', id, `Eval suite ${suite.id}: ${suite.path} in ${suite.checkout}.`)
            : bad('warning', 'prompt', id, `Eval suite ${suite.id} cannot be used.`, suite.problem),
        );
      } catch (error) {
        return [
          bad('warning', 'prompt', id, `Its eval suites could not be looked at: ${wordsOf(error)}.`, null),
        ];
      }
    }),
  );
  return found.flat();
}

function examineEngine({ info, logPath }: DoctorOptions): DoctorFinding {
  const { version, host, dataDir } = info();
  const text = `Fusebox ${version} in the ${host} host, Node ${process.versions.node}, data in ${dataDir}`;
  return logPath === null
    ? bad('warning', 'engine', 'log', `${text}; the log cannot be written`, `Make ${dataDir} writable.`)
    : ok('engine', 'engine', text);
}

function examineWorkspace({ workspace, info }: DoctorOptions): DoctorFinding[] {
  const subject = info().workspacePath ?? 'built-in demonstration';
  const problems = workspace.problems().map(({ line, path, message, fix }) => {
    const place = [line === null ? '' : `line ${line}`, path].filter(Boolean).join(', ');
    return bad('problem', 'workspace', place === '' ? subject : place, message, fix);
  });
  if (problems.length > 0) return problems;
  const { prompts, sources } = workspace.current();
  return [ok('workspace', subject, `${prompts.length} prompts, ${sources.length} sources`)];
}

/** Says what the roles are worth as well: a name is what the account says, nobody is authenticated. */
function examineRoles({ info }: DoctorOptions): DoctorFinding {
  const { name, roles, team } = info().person;
  if (team.length === 0) {
    return ok('workspace', 'roles', 'no team section: whoever sits at this machine may do everything');
  }
  const text =
    `${team.length} in the team; this is ${name}, ${roleWords(roles)}. Roles go by the account's name: they guard against ` +
    'mistakes, not against somebody who controls this machine';
  return ok('workspace', 'roles', text);
}

async function examineSources({ sources }: DoctorOptions): Promise<DoctorFinding[]> {
  return Promise.all(
    sources.list().map(async ({ id, connector, state, leastPrivilegeHint }) => {
      const area: Area = id === 'telemetry' ? 'telemetry' : 'source';
      if (state === 'off') return bad('warning', area, id, 'switched off in the workspace', null);
      try {
        const test = await sources.test(id);
        if (test.ok) return ok(area, id, `${connector}: ${test.message}`);
        const failed = test.checks.filter((check) => !check.ok);
        const details = failed.map(({ name, detail }) => `${name}: ${detail}`).join('; ');
        const text = details === '' ? test.message : `${test.message} (${details})`;
        // A receiver that nobody has sent to yet is no fault.
        return bad(area === 'telemetry' ? 'warning' : 'problem', area, id, text, leastPrivilegeHint);
      } catch (error) {
        return bad('problem', area, id, wordsOf(error), leastPrivilegeHint);
      }
    }),
  );
}

async function examinePrompts(options: DoctorOptions): Promise<DoctorFinding[]> {
  const known = new Map(options.watch.prompts().map((prompt) => [prompt.id, prompt]));
  const findings = await Promise.all(
    options.workspace.current().prompts.map(async (prompt) => {
      const status = known.get(prompt.id);
      const about = [
        ...(await examineLever(options, prompt.id)),
        ...(await examineVersions(options, prompt.id, prompt.traceName ?? prompt.id)),
        ...(status ? readinessOf(status) : []),
      ];
      const said = about.length > 0 ? about : [ok('prompt', prompt.id, 'lever readable, versions told')];
      if (!status) return said;
      const nowMs = options.nowMs();
      return [...said, ...proofsOf(status, nowMs), ...sightOf(status, nowMs)];
    }),
  );
  return findings.flat();
}

async function examineLever({ levers }: DoctorOptions, promptId: string): Promise<DoctorFinding[]> {
  try {
    const state = await levers.refresh(promptId);
    if (!state.needsApproval) return [];
    const text = `changes of ${state.key} need an approval in ${state.source}`;
    return [bad('warning', 'prompt', promptId, text, 'Allow the killswitch without one.')];
  } catch (error) {
    return [bad('problem', 'prompt', promptId, `its lever cannot be read: ${wordsOf(error)}`, null)];
  }
}

async function examineVersions(
  { evidence, nowMs }: DoctorOptions,
  promptId: string,
  prompt: string,
): Promise<DoctorFinding[]> {
  const toMs = nowMs();
  try {
    const share01 = await evidence.unversionedShare01({
      prompt,
      window: { fromMs: toMs - LOOK_BACK_MS, toMs },
    });
    if (share01 === null) {
      const text = 'no trace of it in the last hour';
      const fix = 'Export OpenTelemetry to the receiver; see the telemetry line for its address.';
      return [bad('warning', 'prompt', promptId, text, fix)];
    }
    if (share01 <= UNVERSIONED_LIMIT_01) return [];
    const text = `${(share01 * 100).toFixed(1)} % of its spans name no version`;
    return [bad('warning', 'prompt', promptId, text, 'Set gen_ai.prompt.version on every span.')];
  } catch (error) {
    return [bad('warning', 'prompt', promptId, `its traces cannot be read: ${wordsOf(error)}`, null)];
  }
}

/** What the detector could see of the candidate, and whether the share it sees is the share that was set. */
function sightOf(prompt: PromptStatus, nowMs: number): DoctorFinding[] {
  const sentence = meterSentence(prompt, nowMs);
  const minutes = minutesToPage(prompt);
  const isSlow = minutes === null || minutes > SLOW_MIN;
  const advice = prompt.meterAdvice[0]?.text ?? null;
  const sight =
    sentence === null ? [] : [sightFinding(prompt.id, sentence, advice, isSlow && !prompt.ownPast)];
  const split = prompt.alarms.find(({ signal, resolvedAtMs }) => signal === 'split' && resolvedAtMs === null);
  const fix = 'Look for workers that keep an old flag value, and for traffic that goes past the flag.';
  return split ? [...sight, bad('warning', 'prompt', prompt.id, split.sentence, fix)] : sight;
}

function sightFinding(id: string, sentence: string, advice: string | null, isSlow: boolean): DoctorFinding {
  if (isSlow) return bad('warning', 'prompt', id, sentence, advice);
  return ok('prompt', id, advice === null ? sentence : `${sentence}. ${advice}`);
}

/** What the record shows of the lever and of drills; what is overdue stands among the findings, what never was is no news here. */
function proofsOf({ id, readiness: { proofs } }: PromptStatus, nowMs: number): DoctorFinding[] {
  const { killswitch = null, practice = null } = proofs ?? {};
  const words = [
    ...(isOverdue(killswitch, nowMs) ? [] : [provenWords(killswitch)]),
    ...(practice === null ? [] : [practisedWords(practice)]),
  ];
  return words.length === 0 ? [] : [ok('prompt', id, words.join('; '))];
}

function readinessOf(prompt: PromptStatus): DoctorFinding[] {
  return prompt.readiness.findings.map(({ severity, text }) =>
    bad(severity === 'blocking' ? 'problem' : 'warning', 'prompt', prompt.id, text, null),
  );
}

/** Copies of the trail's head elsewhere, where the workspace asks for them. */
async function examineAnchors({ anchors, nowMs }: DoctorOptions): Promise<DoctorFinding[]> {
  const states = await anchors().catch(() => []);
  return states.map(({ place, last, problem, isBehind, isOverdue }) => {
    const hours = last === null ? 0 : Math.floor((nowMs() - last.atMs) / 3_600_000);
    const age = last === null ? 'never' : hours === 0 ? 'within the hour' : `${hours} h ago`;
    if (problem !== null) {
      const text = `${place} did not take the audit trail's anchor (last one: ${age}): ${problem}.`;
      return bad(
        'warning',
        'records',
        'audit anchor',
        text,
        'Make it writable, or name another place under audit.anchor.',
      );
    }
    if (isOverdue) {
      const text = `The audit trail was anchored in ${place} ${age}, and has grown since: what came after proves nothing about its end.`;
      return bad(
        'warning',
        'records',
        'audit anchor',
        text,
        'Leave Fusebox running, or run `fusebox audit anchor`.',
      );
    }
    return ok(
      'records',
      'audit anchor',
      `${place}: ${isBehind ? `anchored ${age}` : 'has the newest head'}.`,
    );
  });
}

async function examineRecords({ info, verifyAudit }: DoctorOptions): Promise<DoctorFinding[]> {
  const { recordProblem } = info();
  if (recordProblem !== null) return [bad('problem', 'records', 'records', recordProblem, null)];
  try {
    const verdict = await verifyAudit();
    const isBroken = verdict.firstBad !== null || verdict.tail === 'broken';
    if (!isBroken) return [ok('records', 'audit trail', verdict.sentence)];
    const fix = 'Keep the file as evidence and compare it with the anchors in posts and comments.';
    return [bad('problem', 'records', 'audit trail', verdict.sentence, fix)];
  } catch (error) {
    return [bad('problem', 'records', 'audit trail', wordsOf(error), null)];
  }
}
