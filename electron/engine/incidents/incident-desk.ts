import { EMPTY_AFTERMATH } from '#shared/model/closing.ts';
import { versionBefore } from '#shared/domain/rollback/way-back.ts';
import { NOTHING_EARLIER, type DecisionOutcome } from '#shared/model/incident.ts';
import { CommandError, type IncidentDesk } from '../ports.ts';
import type { Book } from './book.ts';
import { createIncidentChange } from './change-incident.ts';
import { closedView } from './closed-view.ts';
import { createDeclarer } from './declaring.ts';
import type { IncidentDeps } from './deps.ts';
import { blockersOf } from './incident-view.ts';
import { createIncidentWriter, identifiedLine, seatLine } from './incident-writer.ts';
import type { createOnce } from './once.ts';
import { timelineEntry } from './timeline-text.ts';

/** Figures come every few seconds; they go to disk this often, or at once when a verdict changes. */
const STORE_SIGNALS_EVERY_MS = 30_000;

const OUTCOME_WORDS: Record<DecisionOutcome, string> = {
  'roll-back': 'roll back',
  'forward-fix': 'forward-fix: pause the ramp until the fix ships',
  'keep-ramping': 'keep ramping, fix without blocking',
  'not-the-prompt': 'not the prompt',
  undecided: 'undecided again',
};

/** Incidents from declaration to closing. Every change is one transaction with its timeline lines and its audit entry. */
export function createIncidentDesk(
  deps: IncidentDeps,
  book: Book,
  once: ReturnType<typeof createOnce>,
): IncidentDesk {
  const { records, clock } = deps;
  const writer = createIncidentWriter(deps);
  const { shaOf, withSuggestions } = writer;
  const storedSignals = new Map<string, { atMs: number; verdicts: string }>();

  const { openRecord, change } = createIncidentChange(deps, book, once, writer);

  async function earlierThan(promptId: string, version: string): Promise<string> {
    const prompt = deps.workspace.prompt(promptId);
    const sights = await deps.evidence.versionTimes(prompt?.traceName ?? promptId).catch(() => []);
    const listed = prompt?.versions.map(({ id }) => id) ?? [];
    return versionBefore(version, { listed, sights }) ?? NOTHING_EARLIER;
  }

  return {
    async list({ status, limit }) {
      const stored = await records.incidents({ status, limit });
      return Promise.all(stored.map(async (record) => book.view(record.id) ?? closedView(record, deps)));
    },
    get: (id) => book.find(id),
    openFor: (promptId) => book.openFor(promptId),
    open: () => book.open(),
    ...createDeclarer(deps, book, once, writer),

    async identify(input) {
      const { promptId, goodVersion } = await openRecord(input.incidentId);
      // The control itself is the bad one: going back to it is no way back.
      const before = input.version === goodVersion ? await earlierThan(promptId, input.version) : null;
      return change(input, 'incident.identify', (record) => ({
        record: withSuggestions({
          ...record,
          badVersion: input.version,
          goodVersion: record.goodVersion === input.version && before ? before : record.goodVersion,
          badSha: record.badVersion === input.version ? record.badSha : shaOf(record.promptId, input.version),
          identifiedAtMs: record.identifiedAtMs ?? clock.nowMs(),
        }),
        lines: [
          identifiedLine(input.version, shaOf(record.promptId, input.version), input.actor.name, 'by hand'),
        ],
        says: `bad version ${input.version}`,
      }));
    },
    triage: (input) =>
      change(input, 'incident.triage', (record) => ({
        record: withSuggestions({ ...record, triage: input.triage }),
        lines: [{ kind: 'triaged', by: input.actor.name, text: `triage: ${input.triage}` }],
        says: `triage ${input.triage}`,
      })),
    setSeverity: (input) =>
      change(input, 'incident.setSeverity', (record) => ({
        record: { ...record, severity: input.severity },
        lines: [
          { kind: 'note', by: input.actor.name, text: `severity ${record.severity} to ${input.severity}` },
        ],
        says: `severity ${input.severity}`,
      })),
    answer: (input) =>
      change(input, 'incident.answer', (record) => ({
        record: {
          ...record,
          answers: record.answers.map((answer) =>
            answer.question === input.question
              ? { ...answer, answer: input.answer, by: input.actor.name, atMs: clock.nowMs() }
              : answer,
          ),
        },
        lines: [
          { kind: 'decided', by: input.actor.name, text: `answered ${input.question}: ${input.answer}` },
        ],
        says: `answer ${input.question}: ${input.answer}`,
      })),
    decide: (input) =>
      change(input, 'incident.decide', (record) => ({
        record: {
          ...record,
          driver: record.driver ?? input.actor.name,
          decided: { outcome: input.outcome, by: input.actor.name, atMs: clock.nowMs() },
        },
        lines: [{ kind: 'decided', by: input.actor.name, text: `decided: ${OUTCOME_WORDS[input.outcome]}` }],
        says: `decided ${input.outcome}`,
      })),
    setSeat: (input) =>
      change(input, 'incident.setSeat', (record) => {
        const { seat, name, actor } = input;
        const before = record[seat] ?? null;
        return {
          record: { ...record, [seat]: name },
          lines: before === name ? [] : [seatLine(seat, before, name, actor.name)],
          says: `${seat}: ${name ?? 'nobody'}`,
          before: { [seat]: before },
          after: { [seat]: name },
        };
      }),
    handOver: (input) =>
      change(input, 'incident.handOver', (record) => ({
        record: { ...record, driver: input.to },
        lines: [
          {
            kind: 'handover',
            by: input.actor.name,
            text: `${input.actor.name} handed over to ${input.to}: ${input.text}`,
          },
        ],
        says: `handed over to ${input.to}`,
        before: { driver: record.driver },
        after: { driver: input.to },
      })),
    note: (input) =>
      change(input, 'incident.note', () => ({
        lines: [{ kind: 'note', by: input.actor.name, text: input.text, atMs: input.atMs ?? clock.nowMs() }],
        says: 'note',
      })),
    close: (input) =>
      change(input, 'incident.close', (record) => {
        const blockers = blockersOf(record, book.machinesOfIncident(record.id)).filter(
          ({ waiver }) => waiver === null,
        );
        if (blockers.length > 0) {
          const reason = blockers.map(({ sentence }) => sentence).join(' ');
          throw new CommandError('REFUSED', reason, { reason, fix: blockers[0]?.sentence ?? '' });
        }
        return {
          record: {
            ...record,
            aftermath: record.aftermath ?? EMPTY_AFTERMATH,
            status: 'closed',
            summary: input.summary,
            closedAtMs: clock.nowMs(),
            closedBy: input.actor.name,
          },
          lines: [{ kind: 'closed', by: input.actor.name, text: `closed: ${input.summary}` }],
          says: 'closed',
        };
      }),

    async observe(id, { signals, evidence, culprit, outside }) {
      const record = book.record(id);
      if (!record || record.status !== 'open') return;
      const next = withSuggestions({
        ...record,
        signals,
        evidence: [...evidence],
        culprit: culprit ?? record.culprit,
        outside: outside === undefined ? record.outside : outside,
      });
      const verdicts = [
        ...signals.map(({ signal, cohort, verdict }) => `${signal}/${cohort}/${verdict}`),
        ...evidence.map(({ signal, cohort, state }) => `${signal}/${cohort}/${state}`),
      ].join();
      const last = storedSignals.get(id);
      const isDue =
        !last || last.verdicts !== verdicts || clock.nowMs() - last.atMs >= STORE_SIGNALS_EVERY_MS;
      if (isDue) storedSignals.set(id, { atMs: clock.nowMs(), verdicts });
      await book.commit({ incident: next, isVolatile: !isDue });
    },

    async append(id, entry) {
      if (!book.record(id)) await openRecord(id);
      await book.commit({ timeline: [timelineEntry(id, { ...entry, recordedAtMs: clock.nowMs() })] });
    },
  };
}
