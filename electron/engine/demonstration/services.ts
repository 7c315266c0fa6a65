import {
  type Fault,
  faultSchema,
  type ScenarioPrompt,
  scenarioPromptSchema,
} from '#shared/model/scenario.ts';

/** The services of the demonstration, as a scenario would write them. Numbers only; what is said is in texts.ts. */

/** Feedback is short and many answer, so that the journey is quick. */
const QUICK = { feedbackSeconds: [5, 45], csatAnswered01: 0.3 } as const;

export const SUPPORT: ScenarioPrompt = scenarioPromptSchema.parse({
  ...QUICK,
  id: 'customer_support_agent',
  service: 'support-agent',
  workers: 48,
  conversationsPerHour: 72_000,
  control: 'v17',
  candidate: 'v18',
  candidateShare01: 0.05,
  versions: [
    { id: 'v17', sha: '41d7e0b2c95f' },
    { id: 'v18', sha: '9f3c1ab77e04' },
  ],
  cohorts: [
    { name: 'tenant_cohort_A', share01: 0.45 },
    { name: 'tenant_cohort_B', share01: 0.3 },
    { name: 'tenant_cohort_C', share01: 0.15 },
    { name: 'enterprise', share01: 0.1 },
  ],
  conversationSeconds: [5, 45],
  // Complaints include thumbs down. Dense enough that a fourfold rise at 5 % of this traffic is certain within five minutes.
  healthy: { complaint01: 0.06, safety01: 0.001, downstream01: 0.004, csatMean: 84.3 },
});

export const QUIET_SERVICES: readonly ScenarioPrompt[] = [
  {
    ...QUICK,
    id: 'invoice_extractor',
    service: 'invoices',
    workers: 6,
    conversationsPerHour: 2_400,
    control: 'v4',
    candidate: 'v5',
    candidateShare01: 0.1,
    versions: [
      { id: 'v4', sha: 'c0ffee14aa21' },
      { id: 'v5', sha: '5be0d91f3c77' },
    ],
    cohorts: [
      { name: 'smb', share01: 0.7 },
      { name: 'enterprise', share01: 0.3 },
    ],
    conversationSeconds: [2, 12],
    healthy: { complaint01: 0.004, safety01: 0.0002, downstream01: 0.01, csatMean: 88 },
  },
  {
    ...QUICK,
    id: 'planner',
    service: 'planner',
    workers: 4,
    conversationsPerHour: 1_800,
    control: 'v9',
    versions: [{ id: 'v9', sha: 'a81b6620e3d9' }],
    conversationSeconds: [4, 30],
    healthy: { complaint01: 0.006, safety01: 0.0005, downstream01: 0.006, csatMean: 81 },
  },
  {
    ...QUICK,
    id: 'release_notes_writer',
    service: 'release-notes',
    workers: 2,
    conversationsPerHour: 600,
    lever: 'none',
    control: 'v2',
    versions: [{ id: 'v2' }],
    cohorts: [{ name: 'internal', share01: 1 }],
    conversationSeconds: [5, 25],
    healthy: { complaint01: 0.003, safety01: 0.0002, downstream01: 0.003, csatMean: 79 },
    // Readiness shows it.
    unversioned01: 0.06,
  },
].map((prompt) => scenarioPromptSchema.parse(prompt));

/** Keys of the flags that wrap them; without one a prompt always serves control. */
const FLAG_KEYS: Readonly<Record<string, string>> = { customer_support_agent: 'support_prompt_rollout' };
export const flagKeyOf = (promptId: string): string => FLAG_KEYS[promptId] ?? `${promptId}_rollout`;

/**
 * The greeting regression, for conversations on the candidate: strongest in cohort B, whose users know the old greeting. Averaged over the
 * cohorts' shares, complaints rise to 4.1 times the control's rate. Large enough to be provable within minutes at this traffic.
 */
export const regressionOf = ({ id, candidate, cohorts }: ScenarioPrompt): readonly Fault[] => {
  const worst = 'tenant_cohort_B';
  const others = cohorts.map(({ name }) => name).filter((name) => name !== worst);
  const on = { kind: 'bad-version', prompt: id, version: candidate } as const;
  return [
    faultSchema.parse({ ...on, cohorts: [worst], complaintTimes: 6, downstreamTimes: 4.5, csatPoints: -12 }),
    faultSchema.parse({ ...on, cohorts: others, complaintTimes: 3.3, downstreamTimes: 2.5, csatPoints: -7 }),
  ];
};
