import type { Change } from '#shared/model/evidence.ts';
import type { LeverKind, PromptVersion } from '#shared/model/prompt.ts';
import { assertNever } from '#shared/lib/assert-never.ts';
import type { PossibleCause, Reach } from './possible-cause.ts';
import { percent } from './words.ts';

/** A version that is there within this of the oldest record may have been there before. */
const RECORDS_BEGIN_MS = 60_000;
/** A share is read from the lever some seconds after it was set. */
const READ_LATER_MS = 60_000;
/** Parts of one edit carry stamps this close together. */
const SAME_EDIT_MS = 10_000;
const MAX_TEXT = 160;

type FirstSight = { readonly version: string; readonly sha: string | null; readonly firstSeenMs: number };

/** What is known about changes, as the sources give it. */
export type ChangeSources = {
  readonly candidate: string;
  readonly control: string;
  readonly cohorts: readonly string[];
  /** Facts of the workspace or registry about versions. */
  readonly versions: readonly Pick<PromptVersion, 'id' | 'author' | 'message' | 'reviewedBy'>[];
  /** When each version was first seen in traffic, control included. */
  readonly firstSights: readonly FirstSight[];
  /** Events of the prompt's lever and of change feeds. */
  readonly changes: readonly Change[];
  readonly lever: { readonly kind: LeverKind; readonly source: string } | null;
  /** The candidate's intended share as it was read over time, oldest first; repeats are harmless. */
  readonly shares: readonly { readonly atMs: number; readonly share01: number }[];
  /** Times in which something every version depends on was in trouble; `untilMs` null = still is. */
  readonly outages: readonly {
    readonly source: string;
    readonly fromMs: number;
    readonly untilMs: number | null;
    readonly what: string;
  }[];
  readonly neighbours: readonly {
    readonly promptId: string;
    readonly title: string;
    readonly isOnSameFlag: boolean;
    readonly firstSights: readonly FirstSight[];
    readonly changes: readonly Change[];
  }[];
};

/**
 * Everything with a time stamp that may explain an alarm of the prompt. A share that was read as changed without an event of the
 * lever becomes a cause of its own. Entries of kind `version` are left out (first sights say it), and so is `other`, which carries what
 * could not be read: hand that to the ranking as `unread`.
 */
export function possibleCauses(known: ChangeSources): PossibleCause[] {
  return [
    ...versionCauses(known),
    ...leverCauses(known),
    ...known.outages.map(({ source, fromMs, untilMs, what }): PossibleCause => ({
      ...bare('provider', fromMs, what, source),
      reaches: { kind: 'prompt' },
      untilMs,
    })),
    ...known.neighbours.flatMap(neighbourCauses),
  ];
}

function bare(kind: PossibleCause['kind'], atMs: number, what: string, source: string): PossibleCause {
  return {
    kind,
    atMs,
    what: shortened(what),
    by: null,
    source,
    reaches: { kind: 'prompt' },
    share: null,
    untilMs: null,
  };
}

function versionCauses({ firstSights, candidate, control, versions }: ChangeSources): PossibleCause[] {
  const recordsBeginMs = Math.min(...firstSights.map(({ firstSeenMs }) => firstSeenMs)) + RECORDS_BEGIN_MS;
  return firstSights.flatMap((sight): PossibleCause[] => {
    const isCandidate = sight.version === candidate;
    // What was there from the beginning changed nothing; of the candidate it is said all the same, because it is the first suspect.
    if (!isCandidate && (sight.version !== control || sight.firstSeenMs <= recordsBeginMs)) return [];
    const facts = versions.find(({ id }) => id === sight.version);
    const isOld = sight.firstSeenMs <= recordsBeginMs;
    const sha = sight.sha === null ? '' : ` (${sight.sha.slice(0, 12)})`;
    const seen = isOld ? 'was in traffic when the records begin,' : 'was first seen in traffic';
    const message = facts?.message ? ` ("${shortened(facts.message, 80)}")` : '';
    const reviewed =
      facts && facts.message !== null && facts.reviewedBy === null ? ', changed without a review,' : '';
    return [
      {
        ...bare(
          'prompt-version',
          sight.firstSeenMs,
          `${sight.version}${sha}${message}${reviewed} ${seen}`,
          'telemetry',
        ),
        by: facts?.author ?? null,
        reaches: { kind: isCandidate ? 'candidate' : 'control' },
      },
    ];
  });
}

type Step = { readonly atMs: number; readonly from01: number; readonly to01: number };

function stepsOf(shares: ChangeSources['shares']): Step[] {
  return shares.flatMap((reading, index) => {
    const before = shares[index - 1];
    if (!before || Math.abs(before.share01 - reading.share01) < 1e-3) return [];
    return [{ atMs: reading.atMs, from01: before.share01, to01: reading.share01 }];
  });
}

function leverCauses(known: ChangeSources): PossibleCause[] {
  const { candidate, shares, lever, changes } = known;
  const steps = stepsOf(shares);
  const words = (step: Step) => `${candidate} went from ${percent(step.from01)} to ${percent(step.to01)}`;
  const taken = new Map<Step, Change>();
  for (const step of steps) {
    const mine = changes
      .filter(({ kind, atMs }) => kind === 'flag' && isReadOf(step, atMs))
      .toSorted((a, b) => b.atMs - a.atMs)[0];
    if (mine) taken.set(step, mine);
  }
  const stepOf = (change: Change) => [...taken].find(([, mine]) => mine === change)?.[0] ?? null;
  const isPartOfTaken = (change: Change) =>
    change.kind === 'flag' &&
    [...taken.values()].some(
      (mine) => mine !== change && mine.by === change.by && Math.abs(mine.atMs - change.atMs) <= SAME_EDIT_MS,
    );
  const fromChanges = changes
    .filter((change) => !isPartOfTaken(change))
    .flatMap((change): PossibleCause[] => {
      const cause = causeOf(change, known);
      const step = stepOf(change);
      if (!cause || !step) return cause ? [cause] : [];
      const share = { from01: step.from01, to01: step.to01 };
      return [{ ...cause, what: words(step), reaches: { kind: 'candidate' }, share }];
    });
  const silent = steps
    .filter((step) => !taken.has(step))
    .map((step): PossibleCause => ({
      ...bare('flag', step.atMs, words(step), lever?.source ?? 'lever'),
      reaches: { kind: 'candidate' },
      share: { from01: step.from01, to01: step.to01 },
    }));
  return [...fromChanges, ...silent];
}

const isReadOf = (step: Step, atMs: number) =>
  step.atMs >= atMs - SAME_EDIT_MS && step.atMs - atMs <= READ_LATER_MS;

function causeOf(change: Change, known: ChangeSources): PossibleCause | null {
  const { candidate, control, cohorts, lever } = known;
  const made = (kind: PossibleCause['kind'], reaches: Reach): PossibleCause => ({
    ...bare(kind, change.atMs, change.text, change.source),
    by: change.by,
    reaches,
  });
  switch (change.kind) {
    case 'version':
    case 'other':
      return null;
    case 'flag': {
      const named = cohorts.filter((cohort) => names(change.text, cohort));
      const [cohort] = named;
      return made(
        'flag',
        cohort !== undefined && named.length === 1 ? { kind: 'cohort', cohort } : { kind: 'candidate' },
      );
    }
    case 'model': {
      const isCandidates = names(change.text, candidate);
      if (isCandidates === names(change.text, control)) return made('model', { kind: 'prompt' });
      return made('model', { kind: isCandidates ? 'candidate' : 'control' });
    }
    case 'deploy':
      return made('deploy', { kind: 'prompt' });
    case 'config':
      if (lever?.kind === 'registry' && lever.source === change.source)
        return made('label', { kind: 'candidate' });
      return made(
        /retriev|index|embedding|chunk|\brag\b|top[-_ ]?k/i.test(change.text) ? 'retrieval' : 'other',
        { kind: 'prompt' },
      );
    default:
      return assertNever(change.kind, 'change');
  }
}

function neighbourCauses(neighbour: ChangeSources['neighbours'][number]): PossibleCause[] {
  const { promptId, title, isOnSameFlag, firstSights, changes } = neighbour;
  const reaches: Reach = { kind: 'neighbour', promptId, isOnSameFlag };
  const recordsBeginMs = Math.min(...firstSights.map(({ firstSeenMs }) => firstSeenMs)) + RECORDS_BEGIN_MS;
  const seen = firstSights
    .filter(({ version, firstSeenMs }) => firstSeenMs > recordsBeginMs && !version.startsWith('('))
    .map(({ version, firstSeenMs }): PossibleCause => ({
      ...bare('prompt-version', firstSeenMs, `${version} of ${title} was first seen in traffic`, 'telemetry'),
      reaches,
    }));
  const changed = changes
    // The events of a shared flag are told once, by the prompt itself.
    .filter(({ kind }) => kind !== 'version' && kind !== 'other' && !(isOnSameFlag && kind === 'flag'))
    .map(({ kind, atMs, text, source, by }): PossibleCause => ({
      ...bare(
        kind === 'flag' || kind === 'model' || kind === 'deploy' ? kind : 'other',
        atMs,
        `${title}: ${text}`,
        source,
      ),
      by,
      reaches,
    }));
  return [...seen, ...changed];
}

/** Is `name` in the text as a word of its own? */
function names(text: string, name: string): boolean {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`(?<![\\w.-])${escaped}(?![\\w-])`).test(text);
}

function shortened(text: string, max = MAX_TEXT): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
}
