/** A workflow file of the checkout. */
export type WorkflowFile = { readonly path: string; readonly text: string };

export type GateFacts = {
  /** Path of the suite's file inside the checkout, with slashes. */
  readonly suitePath: string;
  /** What the workflow runs where it names neither the file nor its folder. */
  readonly runs: string | null;
  /** Where the workflow files were looked for. */
  readonly lookedAt: readonly string[];
  readonly workflows: readonly WorkflowFile[];
  /** Whether the case stands in the suite's file in the newest commit. */
  readonly isCommitted: boolean;
};

export type GateJudgement = {
  readonly isGated: boolean;
  readonly sentence: string;
  readonly mentions: string[];
  readonly findings: string[];
};

/** Settings that let a failed eval pass, each with what it does. */
const DISARMING: readonly { readonly pattern: RegExp; readonly says: string }[] = [
  {
    pattern: /PROMPTFOO_FAILED_TEST_EXIT_CODE["']?\s*[:=]\s*["']?0(?!\d)/,
    says: 'PROMPTFOO_FAILED_TEST_EXIT_CODE is 0, so failed tests end with success: take it away',
  },
  {
    pattern: /PROMPTFOO_PASS_RATE_THRESHOLD["']?\s*[:=]\s*["']?(?!100)\d/,
    says: 'PROMPTFOO_PASS_RATE_THRESHOLD is below 100, so a failed case can pass with the rest: set it to 100',
  },
  {
    pattern: /continue-on-error\s*:\s*["']?(?:true|\$\{\{)/,
    says: 'continue-on-error lets the job go on after a failed eval: take it away',
  },
  {
    pattern: /allow_failure\s*:\s*["']?true/,
    says: 'allow_failure lets the pipeline pass after a failed eval: take it away',
  },
  {
    pattern: /\|\|\s*(?:true|:|exit\s+0)(?![\w-])/,
    says: 'a command ends in "|| true", so that it cannot fail: take it away',
  },
  { pattern: /\bset \+e\b/, says: '"set +e" lets the script go on after a failed eval: take it away' },
];

/**
 * Whether continuous integration runs the suite, from the files alone: some workflow names the suite's file or folder (or runs what the
 * workspace says runs it), the case is committed, and nothing in that file disarms the outcome.
 */
export function judgeGate(facts: GateFacts): GateJudgement {
  const mentions: string[] = [];
  const findings: string[] = [];
  for (const { path, text } of facts.workflows) {
    const lines = text.split(/\r?\n/).map(withoutComment);
    const named = lines.flatMap((line, index) => (isMention(line, facts) ? [`${path}:${index + 1}`] : []));
    if (named.length === 0) continue;
    mentions.push(...named);
    for (const [index, line] of lines.entries()) {
      for (const { pattern, says } of DISARMING) {
        if (pattern.test(line)) findings.push(`${path}:${index + 1}: ${says}.`);
      }
    }
    if (
      path.startsWith('.github/') &&
      !lines.some((line) => /\b(?:pull_request|push|merge_group)\b/.test(line))
    ) {
      findings.push(
        `${path}: it does not run on pull_request or push, so it blocks no change: add it under "on".`,
      );
    }
  }
  if (mentions.length === 0) findings.push(notNamed(facts));
  if (!facts.isCommitted) {
    findings.push(
      `The case is not in the newest commit of ${facts.suitePath}: commit and merge it, then check again.`,
    );
  }
  const isGated = findings.length === 0;
  const sentence = isGated
    ? `Gated: ${mentions[0] ?? ''} runs the suite.`
    : `Not gated in continuous integration: ${findings[0] ?? ''}`;
  return { isGated, sentence, mentions, findings };
}

function notNamed({ workflows, lookedAt, suitePath }: GateFacts): string {
  const where = lookedAt.join(', ');
  return workflows.length === 0
    ? `There is no workflow file (looked at ${where}): add one that runs the suite.`
    : `No workflow names ${suitePath} or its folder (looked at ${where}): add it, or say under gate.runs what runs it.`;
}

function isMention(line: string, { suitePath, runs }: GateFacts): boolean {
  const folder = suitePath.slice(0, Math.max(0, suitePath.lastIndexOf('/')));
  return (
    namesPath(line, suitePath) ||
    (folder !== '' && namesPath(line, folder)) ||
    (runs !== null && line.includes(runs))
  );
}

/** The path as a word of its own: "evals" is not named by "evals-old" or "my-evals". */
function namesPath(line: string, path: string): boolean {
  const escaped = path.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?:^|[\s"'=:,\[(])(?:\./)?${escaped}(?=$|[\s"'/,:*\])])`).test(line);
}

/** A comment mentions nothing. A '#' inside of a word (a colour, an anchor of an address) begins none. */
function withoutComment(line: string): string {
  return line.replace(/(?:^|\s)#.*$/, '');
}
