import '@xyflow/react/dist/base.css';
import { Handle, Position, ReactFlow, type Edge, type Node, type NodeProps } from '@xyflow/react';
import { SegmentedControl } from '@mantine/core';
import type { Decision, DecisionAnswer, DecisionOutcome, DecisionQuestion } from '#shared/model/incident.ts';
import { decisionLayout, OUTCOME_WORDS, QUESTION_WORDS } from './decide-layout.ts';
import styles from './decide.module.css';

type QuestionNode = Node<
  {
    readonly answer: DecisionAnswer;
    readonly isLit: boolean;
    readonly isLocked: boolean;
    readonly onAnswer: (question: DecisionQuestion, answer: DecisionAnswer['answer']) => void;
  },
  'question'
>;
type OutcomeNode = Node<
  { readonly outcome: DecisionOutcome; readonly isLit: boolean; readonly version: string | null },
  'outcome'
>;

const ANSWERS = [
  { value: 'yes', label: 'yes' },
  { value: 'no', label: 'no' },
  { value: 'unknown', label: '?' },
];

function Question({ data }: NodeProps<QuestionNode>) {
  const { answer, isLit, isLocked, onAnswer } = data;
  const isOverridden = answer.by !== null && answer.answer !== answer.suggested;
  return (
    <div className={styles.question} data-lit={isLit}>
      <Handle type="target" position={Position.Top} className={styles.handle} isConnectable={false} />
      <div className={styles.questionHead}>
        <span className={styles.questionText}>{QUESTION_WORDS[answer.question]}</span>
        <SegmentedControl
          size="xs"
          className={styles.answer}
          aria-label={QUESTION_WORDS[answer.question]}
          data={ANSWERS}
          value={answer.answer}
          disabled={isLocked}
          onChange={(value) => onAnswer(answer.question, value as DecisionAnswer['answer'])}
        />
      </div>
      <p className={styles.evidence} title={answer.evidence}>
        {answer.evidence}
        {isOverridden && ` (answered by ${answer.by}; evidence says ${answer.suggested})`}
      </p>
      <Handle
        id="down"
        type="source"
        position={Position.Bottom}
        className={styles.handle}
        isConnectable={false}
      />
      <Handle
        id="side"
        type="source"
        position={Position.Right}
        className={styles.handle}
        isConnectable={false}
      />
    </div>
  );
}

function Outcome({ data }: NodeProps<OutcomeNode>) {
  return (
    <div className={styles.outcome} data-lit={data.isLit}>
      <Handle type="target" position={Position.Left} className={styles.handle} isConnectable={false} />
      {data.outcome === 'roll-back' ? rollBackWords(data.version) : OUTCOME_WORDS[data.outcome]}
    </div>
  );
}

const rollBackWords = (version: string | null) =>
  version === null ? 'Roll back: no way back' : `Roll back to ${version}`;

const NODE_TYPES = { question: Question, outcome: Outcome };

/** The rollback / forward-fix tree: three questions down, an outcome beside each; the path the answers take is lit. */
export function DecideTree(props: {
  readonly decision: Decision;
  /** Null = no button can go back. */
  readonly goodVersion: string | null;
  readonly isLocked: boolean;
  readonly onAnswer: (question: DecisionQuestion, answer: DecisionAnswer['answer']) => void;
}) {
  const { decision, goodVersion, isLocked, onAnswer } = props;
  const layout = decisionLayout(decision);
  const nodes: (QuestionNode | OutcomeNode)[] = [
    ...layout.questions.map((question): QuestionNode => ({
      id: question.answer.question,
      type: 'question',
      position: { x: 0, y: question.y },
      data: { answer: question.answer, isLit: question.isLit, isLocked, onAnswer },
    })),
    ...layout.outcomes.map((outcome): OutcomeNode => ({
      id: outcome.outcome,
      type: 'outcome',
      position: { x: layout.outcomeX, y: outcome.y },
      data: { outcome: outcome.outcome, isLit: outcome.isLit, version: goodVersion },
    })),
  ];
  const edges: Edge[] = layout.edges.map((edge) => ({
    id: `${edge.from}-${edge.to}`,
    source: edge.from,
    target: edge.to,
    sourceHandle: edge.side ? 'side' : 'down',
    type: 'step',
    label: edge.label,
    className: edge.isLit ? styles.lit : styles.dark,
  }));

  return (
    <div className={styles.tree} style={{ height: layout.height }}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        defaultViewport={{ x: 0, y: 0, zoom: 1 }}
        minZoom={1}
        maxZoom={1}
        panOnDrag={false}
        zoomOnScroll={false}
        zoomOnPinch={false}
        zoomOnDoubleClick={false}
        preventScrolling={false}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        proOptions={{ hideAttribution: true }}
      />
    </div>
  );
}
