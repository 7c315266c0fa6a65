import type { EvalCase, EvalWritten } from '#shared/model/eval-case.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { EvalSuite } from '#shared/model/workspace.ts';
import { refused } from '../postmortem/conflict.ts';
import { sha256, type Checkout } from './checkout.ts';
import { caseFiles, caseLine } from './suite-files.ts';

/**
 * Writes a case into its suite's files. Into the working tree only where nobody has uncommitted work in those files but what was
 * written here before; onto a branch only when it is new. Throws REFUSED.
 */
export async function writeCase(input: {
  readonly one: EvalCase;
  readonly suite: EvalSuite;
  readonly checkout: Checkout;
  readonly to: 'working-tree' | 'branch';
  /** Cases written before: their files are no one else's work. */
  readonly earlier: readonly EvalCase[];
  readonly by: string;
  readonly nowMs: number;
}): Promise<EvalWritten> {
  const { one, suite, checkout, to, earlier, by, nowMs } = input;
  const read = to === 'branch' ? checkout.readCommitted : checkout.read;
  const { files, problems } = await caseFiles(one, suite, suite.format, (path) => read(path));
  const [problem] = problems;
  if (problem !== undefined) throw refused(problem, 'Put it right, then write again.');
  const texts = files.map(({ path, after }) => ({ path, text: after }));
  await refuseOthersWork(
    texts.map(({ path }) => path),
    { suite, checkout, earlier },
  );
  const hashes = texts.map(({ path, text }) => ({ path, sha256: sha256(text) }));
  const common = { files: hashes, isStale: false, atMs: nowMs, by };
  if (to === 'working-tree') {
    await checkout.write(texts);
    return { ...common, to, branch: null, commit: null };
  }
  const branch = `fusebox/${one.id}-${one.revision}`;
  const subject = `Eval case ${one.id}: ${one.content.name.replaceAll(/\s+/g, ' ')}`;
  const commit = await checkout.commitOnBranch(
    branch,
    texts,
    `${subject}\n\nFrom incident ${one.incidentId}: a bad answer of ${one.badVersion ?? 'an unknown version'} that must not come back.\n`,
  );
  return { ...common, to, branch, commit };
}

async function refuseOthersWork(
  paths: readonly string[],
  { suite, checkout, earlier }: { suite: EvalSuite; checkout: Checkout; earlier: readonly EvalCase[] },
): Promise<void> {
  const ours = new Set(
    earlier
      .filter(({ content }) => content.suiteId === suite.id)
      .flatMap(({ written }) => written?.files.map((file) => `${file.path}:${file.sha256}`) ?? []),
  );
  for (const path of await checkout.dirty(paths)) {
    const text = await checkout.read(path);
    if (text !== null && ours.has(`${path}:${sha256(text)}`)) continue;
    throw refused(
      `${path} has changes that are not committed.`,
      'Commit or undo them in the checkout, then write again: nothing of them is overwritten.',
    );
  }
}

export type ProofPlace = {
  readonly cwd: string;
  readonly lineIndex: number;
  /** Takes away what was made for the runs. */
  readonly remove: () => Promise<void>;
};

/** Where the runs happen: the working tree, or a second one of the branch's commit. Throws REFUSED when the case is not there as it is. */
export async function readyToProve(one: EvalCase, suite: EvalSuite, checkout: Checkout): Promise<ProofPlace> {
  const { written } = one;
  if (!written) throw refused('The case is not written yet.', 'Write it into the suite, then prove it.');
  if (written.isStale) {
    throw refused('The case was changed after it was written.', 'Write it again, then prove it.');
  }
  if (written.to === 'branch' && written.commit !== null) {
    const { root, remove } = await checkout.worktree(written.commit);
    const text = await checkout.readAt(written.commit, suite.path);
    return { cwd: root, lineIndex: caseLine(text ?? '', suite.format, one.id), remove };
  }
  const { files } = await caseFiles(one, suite, suite.format, (path) => checkout.read(path));
  const differs = files.find(({ before, after }) => before !== after);
  if (differs) {
    throw refused(`${differs.path} does not have the case as it is here.`, 'Write it again, then prove it.');
  }
  const text = (await checkout.read(suite.path)) ?? '';
  return {
    cwd: checkout.root,
    lineIndex: caseLine(text, suite.format, one.id),
    remove: async () => undefined,
  };
}

/** A version becomes an argument of a command, and versions come from traffic too. */
const VERSION = /^\w[\w.:@/+-]{0,120}$/;

/** Both versions as the incident names them now. Throws REFUSED. */
export function provableVersions({ badVersion, goodVersion }: Pick<Incident, 'badVersion' | 'goodVersion'>): {
  badVersion: string;
  goodVersion: string;
} {
  if (badVersion === null) {
    throw refused('The bad version is not known.', 'Identify it on the incident, then prove the case.');
  }
  const odd = [badVersion, goodVersion].find((version) => !VERSION.test(version));
  if (odd !== undefined) {
    throw refused(
      `The version "${odd.slice(0, 60)}" cannot be an argument of a command.`,
      'Identify the version by its id of letters, digits, dots and dashes.',
    );
  }
  if (badVersion === goodVersion) {
    throw refused('The bad and the good version are the same.', 'Identify the bad version on the incident.');
  }
  return { badVersion, goodVersion };
}
