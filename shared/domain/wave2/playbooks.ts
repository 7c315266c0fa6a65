import { PLAYBOOK_IDS, type PlaybookId, type Wave2, type Wave2Step } from '#shared/model/wave2.ts';

export type StepTemplate = { readonly id: string; readonly title: string; readonly detail: string };
type Checklist = {
  readonly title: string;
  readonly when: string;
  readonly steps: readonly StepTemplate[];
};

/** The three repairs. Step ids are stored: they are never reused for something else. */
export const PLAYBOOKS: Readonly<Record<PlaybookId, Checklist>> = {
  parser: {
    title: 'Parser that expects the old format',
    when: 'A consumer refuses what the bad version wrote: repair the records and replay them.',
    steps: [
      {
        id: 'hold',
        title: 'Hold what the parser refuses',
        detail:
          'Send it to a dead-letter queue or pause the consumer, so that nothing is lost while you repair.',
      },
      {
        id: 'find',
        title: 'Find the records it refuses',
        detail: 'Export the list below and match it with the queue by conversation or trace id.',
      },
      {
        id: 'repair',
        title: 'Repair them to the old format',
        detail: 'Convert the stored outputs, or answer their inputs again on the good version.',
      },
      {
        id: 'replay',
        title: 'Replay them, each once',
        detail: 'By id, so that a second run changes nothing; watch the parser while they go through.',
      },
      {
        id: 'check',
        title: 'Check: as many replayed as exported',
        detail: 'Compare the counts and look at three of them by hand.',
      },
    ],
  },
  column: {
    title: 'Column with a length limit',
    when: 'Longer outputs were cut or refused when they were stored: derive the rows again.',
    steps: [
      {
        id: 'find',
        title: 'Find the rows that were cut',
        detail: 'Rows of the bad window whose value is exactly as long as the column allows, or is missing.',
      },
      {
        id: 'keep',
        title: 'Keep a copy of them',
        detail: 'Key and old value, so that the repair can be taken back.',
      },
      {
        id: 'derive',
        title: 'Derive the values again',
        detail:
          'From the full output in the trace where it is kept, else from the input on the good version.',
      },
      {
        id: 'write',
        title: 'Write them back in batches',
        detail: 'Only where the row still holds the cut value: what changed since is newer than your repair.',
      },
      {
        id: 'guard',
        title: 'Let the next one fail loudly',
        detail: 'Check the length before writing, or widen the column; an action item if it takes longer.',
      },
    ],
  },
  index: {
    title: 'Search index',
    when: 'Bad outputs were indexed and are found again: rebuild their entries.',
    steps: [
      {
        id: 'find',
        title: 'Find the entries of the bad window',
        detail: 'By document id from the list below, or by index time between its first and last record.',
      },
      {
        id: 'hide',
        title: 'Take them out of the results',
        detail: 'Filter or delete them first: an entry that is missing does less harm than a wrong one.',
      },
      {
        id: 'rebuild',
        title: 'Rebuild them from repaired content',
        detail: 'Embeddings as well, where there are any: they were made from the same text.',
      },
      {
        id: 'caches',
        title: 'Empty the caches in front of it',
        detail: 'Answers that quote a bad entry live on there.',
      },
      {
        id: 'check',
        title: 'Check by searching',
        detail: 'Three queries that found bad entries before, and the count of entries in the window.',
      },
    ],
  },
};

/** What follows every repair. */
export const AFTERWARDS: Checklist = {
  title: 'Afterwards',
  when: 'After every repair.',
  steps: [
    {
      id: 'retry',
      title: 'Retry the queue',
      detail: 'Everything that failed or was held in the bad window, oldest first.',
    },
    {
      id: 'tell',
      title: 'Tell the affected customers',
      detail: 'Enterprise first; the list beside this one keeps who was told, by whom and when.',
    },
  ],
};

export type PlannedStep = StepTemplate & {
  /** `parser/hold`, `afterwards/retry`. */
  readonly key: string;
  /** As people left it. */
  readonly now: Wave2Step | null;
};
export type PlannedChecklist = {
  readonly id: PlaybookId | 'afterwards';
  readonly title: string;
  readonly when: string;
  readonly steps: readonly PlannedStep[];
};

export function stepKeys(): string[] {
  return [
    ...PLAYBOOK_IDS.map((id) => [id, PLAYBOOKS[id]] as const),
    ['afterwards', AFTERWARDS] as const,
  ].flatMap(([id, { steps }]) => steps.map((step) => `${id}/${step.id}`));
}

/** The template of a step by its key; null for a key that is none. */
export function stepOf(key: string): StepTemplate | null {
  const [list, id] = key.split('/', 2);
  const playbook = PLAYBOOK_IDS.find((one) => one === list);
  const checklist = playbook ? PLAYBOOKS[playbook] : list === 'afterwards' ? AFTERWARDS : null;
  return checklist?.steps.find((step) => step.id === id) ?? null;
}

/** The checklists of an incident: those of the chosen playbooks, and what follows every repair once there is one. */
export function plannedChecklists(wave2: Pick<Wave2, 'playbooks' | 'steps'>): PlannedChecklist[] {
  const planned = (id: PlannedChecklist['id'], { title, when, steps }: Checklist): PlannedChecklist => ({
    id,
    title,
    when,
    steps: steps.map((step) => {
      const key = `${id}/${step.id}`;
      return { ...step, key, now: wave2.steps[key] ?? null };
    }),
  });
  const chosen = PLAYBOOK_IDS.filter((id) => wave2.playbooks[id]?.isChosen);
  if (chosen.length === 0) return [];
  return [...chosen.map((id) => planned(id, PLAYBOOKS[id])), planned('afterwards', AFTERWARDS)];
}

export function isFinished({ now }: Pick<PlannedStep, 'now'>): boolean {
  return now?.state === 'done' || now?.state === 'not-needed';
}

/** How far the repair is; `next` is the first step that is neither done nor not needed. */
export function progressOf(wave2: Pick<Wave2, 'playbooks' | 'steps'>): {
  readonly total: number;
  readonly finished: number;
  readonly next: PlannedStep | null;
} {
  const steps = plannedChecklists(wave2).flatMap((checklist) => checklist.steps);
  return {
    total: steps.length,
    finished: steps.filter(isFinished).length,
    next: steps.find((step) => !isFinished(step)) ?? null,
  };
}
