import type {
  Decision,
  DecisionAnswer,
  DecisionOutcome,
  DecisionQuestion,
  OutsideFinding,
  Triage,
} from '#shared/model/incident.ts';
import type { SignalComparison } from '#shared/model/signal.ts';
import { SIGNALS } from '#shared/model/signal.ts';

export const DECISION_QUESTIONS = ['prompt-problem', 'worse-than-control', 'fix-within-hour'] as const;

type Answer = DecisionAnswer['answer'];
export type Advice = { readonly outcome: DecisionOutcome; readonly sentence: string };

/**
 * The mission's tree. A plain "no" to "is it the prompt" or "is it worse" ends it; whatever is left in doubt rolls back, where there is
 * something to go back to (`noWayBack` says why not).
 */
export function advise(
  answers: Readonly<Record<DecisionQuestion, Answer>>,
  goodVersion: string,
  noWayBack: string | null = null,
): Advice {
  if (answers['prompt-problem'] === 'no') {
    return {
      outcome: 'not-the-prompt',
      sentence: 'Not a prompt problem: rolling back will not help. Call whoever owns the cause.',
    };
  }
  if (answers['worse-than-control'] === 'no') {
    return {
      outcome: 'keep-ramping',
      sentence: `Not worse than ${goodVersion}: keep ramping and fix without blocking.`,
    };
  }
  if (noWayBack !== null) return withoutWayBack(answers['prompt-problem'], noWayBack);
  if (DECISION_QUESTIONS.some((question) => answers[question] === 'unknown')) {
    return { outcome: 'roll-back', sentence: `In doubt: roll back to ${goodVersion}, then find out.` };
  }
  if (answers['fix-within-hour'] === 'yes') {
    return {
      outcome: 'forward-fix',
      sentence: 'A fix with a passing eval within the hour: pause the ramp until it ships.',
    };
  }
  return {
    outcome: 'roll-back',
    sentence: `Worse than ${goodVersion} and no tested fix within the hour: roll back.`,
  };
}

/** A button that goes nowhere is not advised: find out what it is, then fix forward. */
function withoutWayBack(isPrompt: Answer, noWayBack: string): Advice {
  return isPrompt === 'yes'
    ? { outcome: 'forward-fix', sentence: `${noWayBack} Fix forward, with a passing eval.` }
    : { outcome: 'undecided', sentence: `${noWayBack} Find out what it is (triage), then fix that.` };
}

export type Suggestion = Pick<DecisionAnswer, 'question' | 'suggested' | 'evidence'>;

/** Pre-fills the answers from what is known; each with the numbers it rests on. */
export function suggest(input: {
  readonly signals: readonly SignalComparison[];
  readonly triage: Triage;
  readonly badVersion: string | null;
  readonly goodVersion: string;
  /** Bugs the good version is known to have (leak 7). */
  readonly knownIssues: readonly string[];
  /** What speaks for a cause outside the prompt. */
  readonly outside?: OutsideFinding | null;
  /** The alarm is against the past, not against a control on the same traffic. */
  readonly isAgainstPast?: boolean;
}): Suggestion[] {
  return [promptProblem(input), worseThanControl(input), fixWithinHour()];
}

type SuggestInput = Parameters<typeof suggest>[0];

function promptProblem(input: SuggestInput): Suggestion {
  const { signals, triage, badVersion, goodVersion, outside = null } = input;
  const question = 'prompt-problem';
  switch (triage) {
    case 'provider':
    case 'upstream-data':
    case 'model-change':
      return { question, suggested: 'no', evidence: `Triage says: ${TRIAGE_WORDS[triage]}.` };
    case 'prompt':
      return { question, suggested: 'yes', evidence: 'Triage says: the prompt.' };
    case 'unknown':
      break;
  }
  const worse = signals.filter(isWorse);
  const bad = badVersion ?? 'the candidate';
  if (outside?.kind === 'shared') return { question, suggested: 'no', evidence: outside.sentence };
  if (input.isAgainstPast === true || outside?.kind === 'alone') {
    const alone = outside?.sentence ?? `Nothing runs beside ${bad}: only the time speaks for or against it.`;
    const figures = worse.length > 0 ? ` Against its own past: ${list(worse)}.` : '';
    return { question, suggested: 'unknown', evidence: alone + figures };
  }
  if (worse.length > 0) {
    const only = outside
      ? `${bad} is worse than ${goodVersion} on the same traffic: ${list(worse)}. ${outside.sentence}`
      : `${bad} and ${goodVersion} ran at the same time and only ${bad} is worse: ${list(worse)}.`;
    return { question, suggested: 'yes', evidence: only };
  }
  const evidence = 'No signal tells the two versions apart yet.';
  return { question, suggested: 'unknown', evidence };
}

function worseThanControl({ signals, goodVersion, knownIssues }: SuggestInput): Suggestion {
  const question = 'worse-than-control';
  const issues =
    knownIssues.length === 0
      ? ''
      : ` Known bugs of ${goodVersion} come back with it: ${knownIssues.join('; ')}.`;
  const worse = signals.filter(isWorse);
  if (worse.length > 0) return { question, suggested: 'yes', evidence: `${list(worse)}.${issues}` };
  const compared = signals.filter((signal) => signal.verdict === 'none');
  if (compared.length > 0 && compared.length === signals.length) {
    return {
      question,
      suggested: 'no',
      evidence: `Enough data, no difference in ${names(compared)}.${issues}`,
    };
  }
  const blind = signals.filter((signal) => signal.verdict !== 'none');
  const evidence = blind.length === 0 ? 'No signals yet.' : `Too early or no data: ${names(blind)}.`;
  return { question, suggested: 'unknown', evidence: evidence + issues };
}

function fixWithinHour(): Suggestion {
  return {
    question: 'fix-within-hour',
    suggested: 'no',
    evidence: 'No fix with a passing eval is known.',
  };
}

/** Brings the answers up to date: the evidence always, the answer only where no person gave one. */
export function mergeAnswers(
  answers: readonly DecisionAnswer[],
  suggestions: readonly Suggestion[],
): DecisionAnswer[] {
  return suggestions.map(({ question, suggested, evidence }) => {
    const given = answers.find((answer) => answer.question === question);
    if (given && given.by !== null) return { ...given, suggested, evidence };
    return { question, answer: suggested, evidence, suggested, by: null, atMs: null };
  });
}

/** The decision as people see it. */
export function decisionOf(
  answers: readonly DecisionAnswer[],
  recorded: Decision['recorded'],
  goodVersion: string,
  noWayBack: string | null = null,
): Decision {
  const answerTo = (question: DecisionQuestion): Answer =>
    answers.find((answer) => answer.question === question)?.answer ?? 'unknown';
  const advice = advise(
    {
      'prompt-problem': answerTo('prompt-problem'),
      'worse-than-control': answerTo('worse-than-control'),
      'fix-within-hour': answerTo('fix-within-hour'),
    },
    goodVersion,
    noWayBack,
  );
  return { answers: [...answers], advice: advice.outcome, adviceSentence: advice.sentence, recorded };
}

const TRIAGE_WORDS = {
  provider: 'the provider or its API',
  'upstream-data': 'upstream data',
  'model-change': 'a change of the model',
} as const;

function isWorse(signal: SignalComparison): boolean {
  return signal.verdict === 'page' || signal.verdict === 'watch';
}

function names(signals: readonly SignalComparison[]): string {
  return signals.map((signal) => SIGNALS[signal.signal].title.toLowerCase()).join(', ');
}

function list(signals: readonly SignalComparison[]): string {
  return signals.map(describe).join(', ');
}

function describe(signal: SignalComparison): string {
  const { title } = SIGNALS[signal.signal];
  const size =
    signal.ratio !== null && SIGNALS[signal.signal].kind === 'rate'
      ? ` ${signal.ratio.toFixed(1)}x`
      : signal.difference === null
        ? ''
        : ` ${signal.difference > 0 ? '+' : ''}${signal.difference.toFixed(1)}`;
  const sigma = signal.sigma === null ? '' : ` (${signal.sigma.toFixed(1)} sigma)`;
  return `${title.toLowerCase()}${size}${sigma}`;
}
