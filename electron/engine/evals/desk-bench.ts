import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { workspaceSchema, type EvalSuite } from '#shared/model/workspace.ts';
import type { EvalContent } from '#shared/model/eval-case.ts';
import { createClock } from '../clock.ts';
import { createIncidents } from '../incidents/create-incidents.ts';
import {
  actor,
  emptyEvidence,
  leverDesk,
  operationId,
  quietLog,
  sourceDesk,
  temporaryFolder,
} from '../incidents/test-bench.ts';
import type { WorkspaceDesk } from '../ports.ts';
import { openRecords, RECORD_FILE } from '../records/open-records.ts';
import { createEvalDesk, type EvalDeps } from './eval-desk.ts';

/** A runner for tests: does per version what behaviour.json says, and writes Promptfoo's version 3 output. */
const RUNNER = `import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
const [version, id, output] = process.argv.slice(2);
const kinds = JSON.parse(readFileSync('behaviour.json', 'utf8'))[version] ?? ['error'];
const turns = existsSync('.turns-' + version) ? readFileSync('.turns-' + version, 'utf8').length : 0;
appendFileSync('.turns-' + version, 'x');
const kind = kinds[turns % kinds.length];
writeFileSync('.env-seen', JSON.stringify(process.env));
if (kind === 'hang') {
  const child = spawn('sleep', ['300'], { stdio: 'inherit' });
  writeFileSync('.child', String(child.pid));
  setInterval(() => {}, 1000);
} else if (kind === 'nothing') {
  console.error('the key is ' + process.env.MY_KEY);
} else {
  const inSuite = readFileSync('evals/cases/incidents.yaml', 'utf8').includes(id);
  const pass = kind === 'pass';
  const failureReason = kind === 'error' ? 2 : pass ? 0 : 1;
  const grade = kind === 'error' ? null : { pass, score: pass ? 1 : 0, reason: kind, componentResults: [{ pass, score: pass ? 1 : 0 }] };
  const results = inSuite ? [{ success: pass, score: pass ? 1 : 0, failureReason, error: 'provider broke', gradingResult: grade, testCase: { metadata: { case_id: id } } }] : [];
  writeFileSync(output, JSON.stringify({ results: { version: 3, results } }));
  process.exitCode = pass ? 0 : 100;
}
`;

export type Kind = 'pass' | 'fail' | 'error' | 'hang' | 'nothing';
export type Behaviour = Readonly<Record<string, readonly Kind[]>>;

export const CONTENT: EvalContent = {
  name: 'greets by name',
  suiteId: 'support',
  inputs: [{ name: 'user_message', text: 'Where is it? (Alex)' }],
  badOutput: 'Hi. State your order number.',
  gold: null,
  assertions: [{ kind: 'contains', value: 'Dear', ignoreCase: false }],
  redaction: { replaced: { name: 1 }, kept: {}, isConfirmed: true },
  source: null,
};

/** A desk over real records, a real git checkout and real processes. */
export async function evalBench(change: Partial<EvalSuite> = {}) {
  const clock = createClock();
  const dataDir = temporaryFolder();
  const root = mkdtempSync(join(tmpdir(), 'fusebox-eval-desk-'));
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' });
  const behave = (behaviour: Behaviour) => put('behaviour.json', JSON.stringify(behaviour));
  put('runner.mjs', RUNNER);
  put('.gitignore', '.turns-*\n.env-seen\n.child\nbehaviour.json\n');
  put('evals/cases/incidents.yaml', '# ours\n- description: theirs\n  metadata: { case_id: theirs }\n');
  put(
    '.github/workflows/evals.yml',
    'on: [pull_request]\njobs: { e: { steps: [{ run: "eval -t evals/cases/incidents.yaml" }] } }\n',
  );
  git('init', '--quiet', '--initial-branch=main');
  git('config', 'user.name', 'Pia');
  git('config', 'user.email', 'pia@example.com');
  git('add', '-A');
  git('commit', '--quiet', '-m', 'suite');
  behave({ v17: ['pass'], v18: ['fail'] });

  const workspace = workspaceSchema.parse({
    version: 1,
    name: 'test',
    prompts: [
      {
        id: 'support',
        service: 'support-api',
        control: 'v17',
        candidate: 'v18',
        evals: [
          {
            id: 'support',
            format: 'promptfoo',
            checkout: root,
            path: 'evals/cases/incidents.yaml',
            command: [process.execPath, join(root, 'runner.mjs'), '$version', '$case', '$output'],
            repeats: 3,
            ...change,
          },
        ],
      },
      { id: 'bare', service: 'other-api', control: 'v1' },
    ],
  });
  const workspaceDesk: WorkspaceDesk = {
    current: () => workspace,
    prompt: (id) => workspace.prompts.find((prompt) => prompt.id === id) ?? null,
    versions: async () => [],
    problems: () => [],
    path: join(root, 'fusebox.yaml'),
  };
  const records = await openRecords({ dataDir, clock, log: quietLog });
  const deps = {
    records,
    clock,
    workspace: workspaceDesk,
    sources: sourceDesk({}),
    levers: leverDesk(),
    evidence: emptyEvidence(),
    live: { publish: () => undefined },
    log: quietLog,
  };
  const { incidents, changes } = await createIncidents(deps);
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    SECRET: 'not for runners',
    MY_KEY: 'k-123456789',
  };
  const open = (change: Partial<EvalDeps> = {}) =>
    createEvalDesk({ ...deps, env, ...change }, changes, incidents);
  const desk = open();

  async function incident(promptId = 'support', badVersion: string | null = 'v18') {
    const { id } = await incidents.declare({
      operationId: operationId(),
      actor: actor(),
      promptId,
      reason: 'rude',
      severity: null,
    });
    if (badVersion !== null) {
      await incidents.identify({
        operationId: operationId(),
        actor: actor(),
        incidentId: id,
        version: badVersion,
      });
    }
    return id;
  }
  const command = (by = 'ana') => ({ operationId: operationId(), actor: actor(by) });
  const saved = async (incidentId: string, content: EvalContent = CONTENT) =>
    desk.save({ ...command(), incidentId, caseId: null, revisionShown: null, content });
  const written = async (
    incidentId: string,
    content: EvalContent = CONTENT,
    to: 'working-tree' | 'branch' = 'working-tree',
  ) => {
    const one = await saved(incidentId, content);
    return desk.write({ ...command(), caseId: one.id, revisionShown: one.revision, to });
  };
  /** Proves to the end. */
  const proven = async (one: { id: string; incidentId: string; revision: number }) => {
    await desk.prove({ ...command(), caseId: one.id, revisionShown: one.revision });
    for (;;) {
      const found = (await desk.list(one.incidentId)).find(({ id }) => id === one.id);
      if (found && found.state !== 'proving') return found;
      await clock.sleep(20);
    }
  };

  return {
    root,
    /** The store as it was before proofs named their engine. */
    withoutEngineIds() {
      const db = new DatabaseSync(join(dataDir, RECORD_FILE));
      db.exec("update eval_cases set body = json_remove(body, '$.case.proof.engineId')");
      db.close();
    },
    put,
    git,
    behave,
    records,
    clock,
    incidents,
    desk,
    open,
    incident,
    command,
    saved,
    written,
    proven,
    async stop() {
      await desk.stop();
      await records.close();
      rmSync(dataDir, { recursive: true, force: true });
      rmSync(root, { recursive: true, force: true });
    },
  };
}
