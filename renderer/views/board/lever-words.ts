import { shareFigure } from '#renderer/parts/figures.ts';
import type { LeverState, PromptStatus } from '#shared/model/prompt.ts';

export type LeverWords = {
  readonly state: 'on' | 'off' | 'label' | 'error' | 'none' | 'unread';
  readonly title: string;
  readonly detail: string;
};

/** What the lever does now, in two short lines. An unread lever is unknown, never "off". */
export function leverWords(
  prompt: Pick<PromptStatus, 'lever' | 'leverError' | 'candidate' | 'readiness'>,
): LeverWords {
  const { lever, leverError, candidate } = prompt;
  if (leverError !== null) {
    return { state: 'error', title: 'not readable', detail: leverError };
  }
  if (lever === null) {
    const hasNone = prompt.readiness.findings.some(
      (finding) => finding.id.includes('no-flag') || finding.id.includes('no-lever'),
    );
    return hasNone
      ? { state: 'none', title: 'no lever', detail: 'rollback needs a deploy' }
      : { state: 'unread', title: 'not read yet', detail: 'waiting for the first answer' };
  }
  if (lever.isOn === null) {
    return { state: 'label', title: servedWords(lever), detail: `${lever.lever} ${lever.key}` };
  }
  if (!lever.isOn) {
    return { state: 'off', title: 'off', detail: `all on ${lever.offVersion ?? 'the code default'}` };
  }
  const share = lever.intended.find((entry) => entry.version === candidate)?.share01;
  return {
    state: 'on',
    title: 'on',
    detail: share === undefined ? servedWords(lever) : `${shareFigure(share)} to ${candidate}`,
  };
}

function servedWords(lever: LeverState): string {
  const main = lever.intended.toSorted((a, b) => b.share01 - a.share01)[0];
  return main === undefined ? 'rules not derivable' : `${shareFigure(main.share01)} to ${main.version}`;
}
