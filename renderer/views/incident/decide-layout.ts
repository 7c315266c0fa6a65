import type { Decision, DecisionAnswer, DecisionOutcome, DecisionQuestion } from '#shared/model/incident.ts';

export const QUESTION_WORDS: Record<DecisionQuestion, string> = {
  'prompt-problem': 'Is it the prompt?',
  'worse-than-control': 'Worse than before?',
  'fix-within-hour': 'Fix with evals in 1 h?',
};

export const OUTCOME_WORDS: Record<DecisionOutcome, string> = {
  'roll-back': 'Roll back',
  'forward-fix': 'Fix forward',
  'keep-ramping': 'Keep ramping',
  'not-the-prompt': 'Not the prompt',
  undecided: 'Not decided',
};

const QUESTION_HEIGHT = 58;
const OUTCOME_X = 246;

type Row = {
  readonly question: DecisionQuestion;
  readonly exit: DecisionOutcome;
  readonly exitsOn: 'yes' | 'no';
};
/** Each question leaves the tree to the side on one answer and goes down on the other (and on "unknown": in doubt, towards rollback). */
const ROWS: readonly Row[] = [
  { question: 'prompt-problem', exit: 'not-the-prompt', exitsOn: 'no' },
  { question: 'worse-than-control', exit: 'keep-ramping', exitsOn: 'no' },
  { question: 'fix-within-hour', exit: 'forward-fix', exitsOn: 'yes' },
];

export type DecisionLayout = {
  readonly questions: readonly {
    readonly answer: DecisionAnswer;
    readonly isLit: boolean;
    readonly y: number;
  }[];
  readonly outcomes: readonly {
    readonly outcome: DecisionOutcome;
    readonly isLit: boolean;
    readonly y: number;
  }[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly label: string;
    readonly side: boolean;
    readonly isLit: boolean;
  }[];
  readonly outcomeX: number;
  readonly height: number;
};

/** Where each node stands and which path the answers light. Pure, so that the lit path can be tested. */
export function decisionLayout(decision: Decision): DecisionLayout {
  const answers = new Map(decision.answers.map((answer) => [answer.question, answer]));
  const rows = ROWS.flatMap((row) => {
    const answer = answers.get(row.question);
    return answer ? [{ ...row, answer }] : [];
  });
  let isOnPath = true;
  const lit = rows.map((row) => {
    const reached = isOnPath;
    const leaves = reached && row.answer.answer === row.exitsOn;
    if (leaves) isOnPath = false;
    return { row, reached, leaves };
  });
  const rollBackY = rows.length * QUESTION_HEIGHT;
  return {
    questions: lit.map(({ row, reached }, index) => ({
      answer: row.answer,
      isLit: reached,
      y: index * QUESTION_HEIGHT,
    })),
    outcomes: [
      ...lit.map(({ row, leaves }, index) => ({
        outcome: row.exit,
        isLit: leaves,
        y: index * QUESTION_HEIGHT + 9,
      })),
      { outcome: 'roll-back', isLit: isOnPath, y: rollBackY - 8 },
    ],
    edges: lit.flatMap(({ row, reached, leaves }, index) => {
      const next = rows[index + 1];
      const stays = row.exitsOn === 'no' ? 'yes' : 'no';
      return [
        { from: row.question, to: row.exit, label: row.exitsOn, side: true, isLit: leaves },
        {
          from: row.question,
          to: next?.question ?? 'roll-back',
          label: stays,
          side: false,
          isLit: reached && !leaves,
        },
      ];
    }),
    outcomeX: OUTCOME_X,
    height: rollBackY + 24,
  };
}
