import type { DrillCheck } from '#shared/model/drill.ts';
import type { Expected } from '#shared/model/scenario.ts';
import { mainIncident, promptOf, type DrillFacts } from './facts.ts';
import type { ObservedIncident, SeenAlarm } from './observation.ts';

/** A verdict that says something; `running` and `cannot-tell` say "not yet". */
const UNSETTLED: ReadonlySet<string> = new Set(['running', 'cannot-tell']);

/**
 * What Fusebox said and advised against what the scenario expects, one line each; what does not matter there is left out. This judges
 * the product: what people made of it is in the steps and wrong turns.
 */
export function checksOf(facts: DrillFacts): DrillCheck[] {
  const { expected } = facts.scenario;
  const main = mainIncident(facts);
  return [
    ...(expected.page === null && expected.mayPage && expected.watch !== true ? [] : [pageCheck(facts)]),
    ...strayPages(facts),
    ...watchCheck(facts),
    ...one('Triage', expected.triage, main?.triage),
    ...one('Advice', expected.advice, main?.advice),
    ...one('Lever', expected.lever && [expected.lever], main?.incident.rollbacks[0]?.lever),
    ...one('First verdict', expected.firstVerdict && [expected.firstVerdict], firstVerdict(main)),
    ...one('Final verdict', expected.finalVerdict && [expected.finalVerdict], main?.verdicts.at(-1)?.verdict),
    ...yesNo('Wave 2 named', expected.wave2, main && main.wave2AtMs !== null),
    ...yesNo('Stale workers named', expected.staleWorkersNamed, main && main.staleWorkers.length > 0),
    ...yesNo('Earlier incident shown', expected.recurrence, main && main.earlier.length > 0),
    ...all('Readiness finding', expected.readiness, facts.seen.readiness[promptOf(facts.scenario)]),
    ...all('Closing refused for want of', expected.closingBlockedBy, main?.blockers),
  ];
}

function firstVerdict(main: ObservedIncident | null): string | undefined {
  return main?.verdicts.find(({ verdict }) => !UNSETTLED.has(verdict))?.verdict;
}

function pageCheck(facts: DrillFacts): DrillCheck {
  const { page } = facts.scenario.expected;
  const { onsetMs } = facts.truth;
  const pages = facts.seen.alarms.filter((alarm) => alarm.class === 'page');
  if (page === null) {
    if (facts.scenario.expected.mayPage) return warnedFirst(facts, pages);
    return {
      what: 'Page',
      expected: 'none',
      got: pages.length === 0 ? 'none' : pages.map((alarm) => told(alarm, onsetMs)).join('; '),
      isHit: pages.length === 0,
    };
  }
  const first = pages.find(({ promptId }) => promptId === page.prompt);
  const named = mainIncident(facts)?.incident.badVersion ?? null;
  const minutes = first && onsetMs !== null ? (first.atMs - onsetMs) / 60_000 : null;
  const isNamed = page.version === null || named === page.version;
  const isOnSignal = first !== undefined && first.signals.some((signal) => page.signals.includes(signal));
  return {
    what: 'Page',
    expected:
      `${page.prompt} on ${page.signals.join(' or ')} within ${page.withinMinutes} min` +
      (page.version === null ? '' : `, naming ${page.version}`),
    got: first ? `${told(first, onsetMs)}, naming ${named ?? 'no version'}` : 'none',
    isHit: minutes !== null && minutes >= 0 && minutes <= page.withinMinutes && isNamed && isOnSignal,
  };
}

function warnedFirst({ scenario, seen, truth }: DrillFacts, pages: readonly SeenAlarm[]): DrillCheck {
  const promptId = promptOf(scenario);
  const warnedAtMs = seen.alarms.find(
    (alarm) => alarm.promptId === promptId && alarm.class === 'watch' && alarm.atMs >= (truth.onsetMs ?? 0),
  )?.atMs;
  const early = pages.filter(({ atMs }) => warnedAtMs === undefined || atMs < warnedAtMs);
  return {
    what: 'Page',
    expected: 'none before the warning',
    got: early.length === 0 ? 'none before it' : early.map((alarm) => told(alarm, truth.onsetMs)).join('; '),
    isHit: early.length === 0,
  };
}

/** Somebody paged for a prompt that nothing is wrong with. */
function strayPages({ scenario, seen, truth }: DrillFacts): DrillCheck[] {
  const { page } = scenario.expected;
  if (page === null) return [];
  const hurt = new Set([
    page.prompt,
    ...scenario.faults.flatMap(({ fault }) => ('prompt' in fault ? [fault.prompt] : [])),
  ]);
  const stray = seen.alarms.filter((alarm) => alarm.class === 'page' && !hurt.has(alarm.promptId));
  if (stray.length === 0) return [];
  return [
    {
      what: 'Page for another prompt',
      expected: 'none',
      got: stray.map((alarm) => `${alarm.promptId}: ${told(alarm, truth.onsetMs)}`).join('; '),
      isHit: false,
    },
  ];
}

function told({ atMs, signals }: SeenAlarm, onsetMs: number | null): string {
  const when = onsetMs === null ? 'a page' : `${((atMs - onsetMs) / 60_000).toFixed(1)} min after the onset`;
  return `${when} on ${signals.join(' and ')}`;
}

function watchCheck({ scenario, seen, truth }: DrillFacts): DrillCheck[] {
  const { watch } = scenario.expected;
  if (watch === null) return [];
  const { onsetMs } = truth;
  const found = seen.alarms.filter(
    (alarm) =>
      alarm.class === 'watch' &&
      alarm.promptId === promptOf(scenario) &&
      (onsetMs === null || alarm.atMs >= onsetMs),
  );
  const [first] = found;
  return [
    {
      what: 'Warning without a page',
      expected: watch ? 'yes' : 'no',
      got: first ? told(first, onsetMs) : 'none',
      isHit: watch === found.length > 0,
    },
  ];
}

function one(what: string, expected: readonly string[] | null | '', got: string | undefined): DrillCheck[] {
  if (!expected) return [];
  return [
    {
      what,
      expected: expected.join(' or '),
      got: got ?? 'nothing',
      isHit: got !== undefined && expected.includes(got),
    },
  ];
}

function yesNo(what: string, expected: Expected['wave2'], got: boolean | null): DrillCheck[] {
  if (expected === null) return [];
  return [
    {
      what,
      expected: expected ? 'yes' : 'no',
      got: got === null ? 'no incident' : got ? 'yes' : 'no',
      isHit: got === expected,
    },
  ];
}

function all(what: string, expected: readonly string[], got: readonly string[] = []): DrillCheck[] {
  return expected.map((id) => ({
    what,
    expected: id,
    got: got.includes(id) ? id : got.length === 0 ? 'nothing' : got.join(', '),
    isHit: got.includes(id),
  }));
}
