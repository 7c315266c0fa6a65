import type { DrillState, ScenarioSummary } from '#shared/model/drill.ts';
import type { LiveMessage } from '#shared/model/live.ts';

/**
 * A drill under way as anybody may know of it: that there is one, who runs it, who plays. Nothing of what is wrong, since when, or
 * how it goes: that is for those who run game days. The report shows everything afterwards.
 */
export function participantView(state: DrillState): DrillState {
  return {
    ...state,
    scenarioId: '',
    seed: 0,
    purpose: '',
    endsMs: null,
    onsetMs: null,
    faults: [],
    hints: state.hints.filter(({ givenAtMs }) => givenAtMs !== null),
    prompts: [],
    incidents: [],
    badConversations: 0,
    events: [],
  };
}

/**
 * The library as a participant may know it: title, brief and length, by title. The rest tells what goes wrong, and so do ids ("stale-workers") and
 * the order of files.
 */
export function participantLibrary(scenarios: readonly ScenarioSummary[]): ScenarioSummary[] {
  const byTitle = scenarios.toSorted((a, b) => (a.title < b.title ? -1 : a.title > b.title ? 1 : 0));
  return byTitle.map(({ title, brief, minutes, source }, index) => ({
    id: `scenario-${index + 1}`,
    title,
    brief,
    minutes,
    source,
    kind: null,
    leak: null,
    purpose: '',
    prompts: [],
    bundleOf: null,
  }));
}

/** A message of the feed for somebody who does not run game days. */
export function participantMessage(message: LiveMessage): LiveMessage {
  if (message.type === 'snapshot') {
    const { state } = message;
    return state.drill === null
      ? message
      : { ...message, state: { ...state, drill: participantView(state.drill) } };
  }
  if (message.type !== 'delta') return message;
  const changes = message.changes.map((change) =>
    change.entity === 'drill' && change.value !== null
      ? { ...change, value: participantView(change.value) }
      : change,
  );
  return { ...message, changes };
}
