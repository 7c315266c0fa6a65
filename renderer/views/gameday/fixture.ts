import type { DrillReport, DrillState, DrillSummary, ScenarioSummary } from '#shared/model/drill.ts';
import { LOOP_STEPS } from '#shared/model/incident.ts';

/** A drill as tests of this folder need it. */
export const BEGIN_MS = Date.UTC(2026, 4, 9, 14);
const MIN = 60_000;

export const scenarioSummary = (over: Partial<ScenarioSummary> = {}): ScenarioSummary => ({
  id: 'greeting-regression',
  title: 'The greeting is gone',
  kind: 'regression',
  leak: null,
  purpose: 'The whole loop once: see it, name the version, roll back, prove it.',
  brief: 'You are on call for the support agent. Nothing is known to be wrong.',
  minutes: 40,
  prompts: ['customer_support_agent'],
  source: 'library',
  bundleOf: null,
  ...over,
});

export const drillState = (over: Partial<DrillState> = {}): DrillState => ({
  drillId: 'DRILL-20260509-1',
  scenarioId: 'greeting-regression',
  title: 'The greeting is gone',
  seed: 7,
  phase: 'running',
  detail: 'The clock to the onset runs.',
  speed: 10,
  facilitator: 'fay',
  participants: ['ana', 'ben'],
  brief: 'You are on call for the support agent. Nothing is known to be wrong.',
  purpose: 'The whole loop once: see it, name the version, roll back, prove it.',
  nowMs: BEGIN_MS + 9 * MIN,
  beginMs: BEGIN_MS,
  endsMs: BEGIN_MS + 40 * MIN,
  onsetMs: BEGIN_MS + 4 * MIN,
  faults: [
    {
      id: 'f1',
      fault: {
        kind: 'bad-version',
        prompt: 'customer_support_agent',
        version: 'v18',
        cohorts: null,
        complaintTimes: 9,
        safetyTimes: 1,
        downstreamTimes: 40,
        fallbackTimes: 1,
        csatPoints: -15,
        rampMinutes: 0,
      },
      title: 'v18 of customer_support_agent answers worse',
      state: 'active',
      by: 'scenario',
      activeFromMs: BEGIN_MS + 4 * MIN,
    },
  ],
  hints: [
    { text: 'Look at who is serving.', givenAtMs: null },
    { text: 'What changed before complaints rose?', givenAtMs: null },
  ],
  prompts: [
    { id: 'customer_support_agent', versions: ['v17', 'v18'], cohorts: ['enterprise', 'self_serve'] },
  ],
  incidents: [
    {
      id: 'INC-20260509-1',
      promptId: 'customer_support_agent',
      status: 'open',
      step: 'decide',
      steps: LOOP_STEPS.map(({ id, targetMs }, at) => ({
        id,
        targetMs,
        state: at < 2 ? 'done' : at === 2 ? 'active' : 'waiting',
        startedAtMs: at > 2 ? null : BEGIN_MS + (4 + at * 2) * MIN,
        doneAtMs: at < 2 ? BEGIN_MS + (6 + at * 2) * MIN : null,
        note: null,
      })),
      verdict: null,
    },
  ],
  badConversations: 34,
  events: [
    { atMs: BEGIN_MS, by: 'facilitator', kind: 'begin', who: 'fay', text: 'Drill begun.' },
    { atMs: BEGIN_MS + 4 * MIN, by: 'world', kind: 'fault', who: 'scenario', text: 'v18 answers worse.' },
    {
      atMs: BEGIN_MS + 6 * MIN,
      by: 'fusebox',
      kind: 'incident',
      who: 'fusebox',
      text: 'INC-20260509-1 opened.',
    },
  ],
  ...over,
});

export const drillReport = (over: Partial<DrillReport> = {}): DrillReport => ({
  drillId: 'DRILL-20260509-1',
  scenarioId: 'greeting-regression',
  title: 'The greeting is gone',
  seed: 7,
  outcome: 'finished',
  facilitator: 'fay',
  participants: ['ana', 'ben'],
  startedAtMs: Date.UTC(2026, 4, 9, 9),
  endedAtMs: Date.UTC(2026, 4, 9, 9, 5),
  beginMs: BEGIN_MS,
  onsetMs: BEGIN_MS + 4 * MIN,
  promptId: 'customer_support_agent',
  castPromptId: null,
  steps: LOOP_STEPS.map(({ id, title, targetMs }, at) => ({
    id,
    title,
    tookMs: at < 5 ? (at + 1) * 40_000 : null,
    targetMs,
    verdict: at === 1 ? 'late' : at < 5 ? 'within' : at === 5 ? 'missed' : 'not-needed',
    points: at === 1 ? 2 : at < 5 ? 4 : 0,
    possible: at === 6 ? 0 : 4,
  })),
  checks: [
    { what: 'pages on', expected: 'complaints', got: 'complaints', isHit: true },
    { what: 'verdict', expected: 'recovered', got: 'partial', isHit: false },
  ],
  wrongTurns: [
    {
      id: 'second-flip-in-window',
      atMs: BEGIN_MS + 10 * MIN,
      sentence: 'Flipped again 90 s after the first flip, inside the recovery window.',
      points: -3,
    },
  ],
  badConversations: { served: 41, best: 22, untouched: 300 },
  points: { earned: 15, possible: 24 },
  sentence: '15 of 24 points: rolled back 3 min 20 s after the page; one wrong turn.',
  killswitch: { lever: 'support_prompt_rollout', tookMs: 11_000, by: 'ana' },
  hintsGiven: 1,
  events: [
    { atMs: BEGIN_MS, by: 'facilitator', kind: 'begin', who: 'fay', text: 'Drill begun.' },
    { atMs: BEGIN_MS + 4 * MIN, by: 'world', kind: 'fault', who: 'scenario', text: 'v18 answers worse.' },
    {
      atMs: BEGIN_MS + 6 * MIN,
      by: 'fusebox',
      kind: 'incident',
      who: 'fusebox',
      text: 'INC-20260509-1 opened.',
    },
    { atMs: BEGIN_MS + 8 * MIN, by: 'participant', kind: 'lever', who: 'ana', text: 'v18 to v17, flag.' },
    { atMs: BEGIN_MS + 13 * MIN, by: 'fusebox', kind: 'verdict', who: 'fusebox', text: 'recovered' },
    { atMs: BEGIN_MS + 14 * MIN, by: 'facilitator', kind: 'end', who: 'fay', text: 'Finished.' },
  ],
  ...over,
});

export const drillSummary = (over: Partial<DrillSummary> = {}): DrillSummary => {
  const { wrongTurns, ...report } = drillReport();
  return { ...report, wrongTurns: wrongTurns.length, ...over };
};
