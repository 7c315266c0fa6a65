import { describe, expect, it } from 'vitest';
import type { DrillState } from '#shared/model/drill.ts';
import type { LiveMessage, LiveState } from '#shared/model/live.ts';
import { participantLibrary, participantMessage } from './participant-view.ts';

const SECRETS = ['secret-purpose', 'secret-fault', 'secret-hint', 'secret-event', 'secret-id', '424242'];
const state: DrillState = {
  drillId: 'DRILL-1',
  scenarioId: 'secret-id',
  title: 'Monday morning',
  seed: 424_242,
  phase: 'running',
  detail: 'Under way.',
  speed: 10,
  facilitator: 'fay',
  participants: ['ben'],
  brief: 'You are on call.',
  purpose: 'secret-purpose',
  nowMs: 1_000,
  beginMs: 500,
  endsMs: 9_000,
  onsetMs: 424_242,
  faults: [
    {
      id: 'f1',
      fault: { kind: 'slow-telemetry', seconds: 60 },
      title: 'secret-fault',
      state: 'active',
      by: 'scenario',
      activeFromMs: 424_242,
    },
  ],
  hints: [
    { text: 'look at the workers', givenAtMs: 900 },
    { text: 'secret-hint', givenAtMs: null },
  ],
  prompts: [],
  incidents: [],
  badConversations: 424_242,
  events: [{ atMs: 1, by: 'world', kind: 'fault', who: 'world', text: 'secret-event' }],
};
const head = { seq: 1, nowMs: 0 };

describe('the feed of somebody who does not run game days', () => {
  it.each<LiveMessage>([
    { type: 'snapshot', ...head, state: { drill: state } as LiveState },
    { type: 'delta', ...head, changes: [{ entity: 'drill', value: state }] },
  ])('says that there is a drill and nothing of what is wrong: $type', (message) => {
    const text = JSON.stringify(participantMessage(message));
    for (const secret of SECRETS) expect(text).not.toContain(secret);
    for (const word of ['DRILL-1', 'Monday morning', 'fay', 'ben', 'look at the workers'])
      expect(text).toContain(word);
  });

  it('leaves everything else as it is', () => {
    const messages: LiveMessage[] = [
      { type: 'heartbeat', ...head },
      { type: 'snapshot', ...head, state: { drill: null } as LiveState },
      {
        type: 'delta',
        ...head,
        changes: [
          { entity: 'drill', value: null },
          { entity: 'data', dataUpToMs: 3 },
        ],
      },
    ];
    expect(messages.map(participantMessage)).toEqual(messages);
  });
});

it('the library tells a participant title, brief and length, and nothing of what goes wrong', () => {
  const secret = {
    id: 'leak-05-stale-workers',
    title: 'Half of it is back',
    kind: 'leak' as const,
    leak: 5,
    purpose: 'Half the workers still serve the bad version.',
    brief: 'You are on call.',
    minutes: 40,
    prompts: ['support'],
    source: 'library' as const,
    bundleOf: null,
  };
  const other = { ...secret, id: 'noise-only', kind: 'quiet' as const, leak: null, title: 'A Monday' };
  const recorded = { ...secret, title: 'Kept', source: 'recorded' as const, bundleOf: 'INC-20260509-1' };
  const told = { kind: null, leak: null, purpose: '', prompts: [], bundleOf: null, minutes: 40 };
  const { brief } = secret;
  expect(participantLibrary([secret, recorded, other])).toEqual([
    { ...told, id: 'scenario-1', title: 'A Monday', brief, source: 'library' },
    { ...told, id: 'scenario-2', title: 'Half of it is back', brief, source: 'library' },
    { ...told, id: 'scenario-3', title: 'Kept', brief, source: 'recorded' },
  ]);
});
