import type { Incident } from '#shared/model/incident.ts';
import type { Postmortem } from '#shared/model/postmortem.ts';

const MIN = 60_000;
const T0 = Date.UTC(2026, 4, 9, 14, 0, 0);

/** The mission's own story, as a record, for tests: v18 shipped at 14:00, flipped at 14:11:11, recovered at 14:15. */
export function storyIncident(change: Partial<Incident> = {}): Incident {
  const line = (
    kind: Incident['timeline'][number]['kind'],
    minute: number,
    text: string,
    by = 'fusebox',
  ) => ({
    id: `${kind}-${minute}`,
    incidentId: 'INC-20260509-1',
    atMs: T0 + minute * MIN,
    recordedAtMs: T0 + minute * MIN,
    kind,
    by,
    text,
  });
  return {
    id: 'INC-20260509-1',
    revision: '',
    promptId: 'customer_support_agent',
    promptTitle: 'Customer support agent',
    severity: 'P2',
    status: 'open',
    trigger: {
      kind: 'incident',
      signal: 'complaints',
      cohort: 'tenant_cohort_B',
      sigma: 3.6,
      ratio: 4.1,
      sentence: 'complaints 4.1x (3.6 sigma)',
    },
    badVersion: 'v18',
    badSha: '8f3a1c9be0d24711',
    goodVersion: 'v17',
    cohort: 'tenant_cohort_B',
    shippedAtMs: T0,
    declaredAtMs: T0 + 8 * MIN,
    declaredBy: 'fusebox',
    driver: 'ana',
    scribe: null,
    triage: 'prompt',
    steps: [
      {
        id: 'detect',
        targetMs: 5 * MIN,
        state: 'done',
        startedAtMs: T0,
        doneAtMs: T0 + 8 * MIN,
        note: null,
      },
      {
        id: 'rollback',
        targetMs: MIN,
        state: 'done',
        startedAtMs: T0 + 11 * MIN,
        doneAtMs: T0 + 11 * MIN + 11_000,
        note: null,
      },
    ],
    decision: {
      answers: [],
      advice: 'roll-back',
      adviceSentence: '',
      recorded: { outcome: 'roll-back', by: 'ana', atMs: T0 + 11 * MIN },
    },
    signals: [
      {
        signal: 'complaints',
        cohort: 'tenant_cohort_B',
        source: 'telemetry',
        windowMs: 15 * MIN,
        asOfMs: T0 + 8 * MIN,
        candidate: null,
        control: null,
        candidateValue: 20.4,
        controlValue: 5,
        difference: 15.4,
        ratio: 4.08,
        sigma: 3.6,
        sigmaKind: 'z',
        verdict: 'page',
        note: '',
        conversationsNeeded: null,
        minutesNeeded: null,
      },
    ],
    alarm: null,
    evidence: [],
    culprit: null,
    rollbacks: [flip()],
    verification: {
      sinceMs: T0 + 11 * MIN,
      checks: [],
      verdict: 'recovered',
      sentence: 'Recovered: 4 of 4 checks passed.',
      staleWorkers: [],
      recoveryWindowEndsMs: T0 + 16 * MIN,
      attentionEndsMs: T0 + 26 * MIN,
      wave2: { suspected: false, sentence: '' },
    },
    badConversations: 40,
    timeline: [
      line('shipped', 0, 'v18 first seen in traffic'),
      line('alarm', 8, 'complaints 4.1x (3.6 sigma)'),
      line('decided', 11, 'decided: roll back', 'ana'),
      line('check', 14, 'check passed: complaints'),
      line('verdict', 15, 'Recovered: 4 of 4 checks passed.'),
    ],
    summary: null,
    closedAtMs: null,
    closedBy: null,
    note: null,
    evals: null,
    wave2: null,
    blockers: [],
    waivers: [],
    closingBlockers: [],
    ...change,
  };
}

function flip(): Incident['rollbacks'][number] {
  const pressedAtMs = T0 + 11 * MIN;
  const lamp = { state: 'yes' as const, atMs: pressedAtMs, afterMs: 11_000, detail: '' };
  return {
    operationId: 'op-0000000000007F3K',
    incidentId: 'INC-20260509-1',
    promptId: 'customer_support_agent',
    lever: 'flag',
    source: 'flags',
    key: 'support_prompt_rollout',
    environment: 'production',
    operation: { kind: 'serve-control', version: 'v17' },
    fromVersion: 'v18',
    toVersion: 'v17',
    reason: null,
    actor: 'ana',
    state: 'seen-in-traffic',
    stateDetail: '',
    pressedAtMs,
    settledAtMs: pressedAtMs + 11_000,
    revisionShown: '7',
    before: {
      lever: 'flag',
      source: 'flags',
      connector: 'scripted',
      key: 'support_prompt_rollout',
      environment: 'production',
      isOn: true,
      intended: [
        { version: 'v18', share01: 0.05 },
        { version: 'v17', share01: 0.95 },
      ],
      offVersion: 'v17',
      revision: '7',
      lastChangedBy: 'bo',
      lastChangedAtMs: T0,
      needsApproval: false,
      consoleUrl: null,
      readAtMs: pressedAtMs,
    },
    after: null,
    snapshotId: null,
    lamps: { accepted: lamp, readBack: lamp, inTraffic: lamp },
    notices: [
      { kind: 'post', target: '#incidents through slack', state: 'sent', detail: '', atMs: pressedAtMs },
      { kind: 'page', target: 'pia through pager', state: 'not-configured', detail: '', atMs: null },
    ],
    history: [
      { state: 'intent-recorded', atMs: pressedAtMs, detail: '' },
      { state: 'in-effect', atMs: pressedAtMs + 11_000, detail: '' },
    ],
    undoes: null,
  };
}

/** Its postmortem, with nothing written yet. */
export function storyPostmortem(change: Partial<Postmortem> = {}): Postmortem {
  return {
    incidentId: 'INC-20260509-1',
    details: { style: 'full', preparedBy: null, reviewOn: null, revision: 0, by: null, atMs: null },
    sections: {},
    corrections: [],
    timelineConfirmed: null,
    incident: storyIncident(),
    items: [],
    waivers: [],
    earlier: [],
    offsetMinutes: 120,
    ...change,
  };
}
