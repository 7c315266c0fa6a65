import type { PostmortemStyle, SectionId } from '#shared/model/postmortem.ts';

export type SectionEntry = {
  readonly id: SectionId;
  readonly title: string;
  readonly hint: string;
  readonly rows: number;
  /** In the short style too: a part of the five outputs. */
  readonly isOutput: boolean;
};

/** The written parts in the order of the full document. */
const SECTIONS: readonly SectionEntry[] = [
  { id: 'summary', title: 'Summary', hint: 'what happened, in a few sentences', rows: 4, isOutput: false },
  {
    id: 'impact-requests',
    title: 'Impact: requests',
    hint: 'how many, on which version',
    rows: 2,
    isOutput: false,
  },
  {
    id: 'impact-segments',
    title: 'Impact: segments',
    hint: 'which cohorts and tenants',
    rows: 3,
    isOutput: false,
  },
  {
    id: 'impact-business',
    title: 'Impact: business',
    hint: 'money, contracts, trust',
    rows: 2,
    isOutput: false,
  },
  {
    id: 'cause',
    title: 'Cause',
    hint: 'what in the new prompt, so that it teaches in three months',
    rows: 4,
    isOutput: true,
  },
  {
    id: 'contributing',
    title: 'Contributing factors',
    hint: 'what made it likely or worse',
    rows: 2,
    isOutput: false,
  },
  { id: 'detection-method', title: 'Detection method', hint: 'how it was noticed', rows: 2, isOutput: true },
  {
    id: 'missed-by-evals',
    title: 'What the evals in CI missed',
    hint: 'and why they passed',
    rows: 2,
    isOutput: true,
  },
  {
    id: 'why-not-sooner',
    title: 'Why not sooner',
    hint: 'what would have shown it earlier',
    rows: 2,
    isOutput: true,
  },
  { id: 'went-well', title: 'What went well', hint: 'keep doing', rows: 3, isOutput: false },
  { id: 'went-badly', title: 'What did not go well', hint: 'including luck', rows: 3, isOutput: false },
];

export function sectionsOf(style: PostmortemStyle): readonly SectionEntry[] {
  return style === 'full' ? SECTIONS : SECTIONS.filter(({ isOutput }) => isOutput);
}
