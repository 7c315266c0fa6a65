import { mergeAnswers, suggest } from '#shared/domain/decision/tree.ts';
import { incidentId, nextSequence } from '#shared/domain/loop/steps.ts';
import type {
  DecisionOutcome,
  Incident,
  Severity,
  TimelineEntry,
  TimelineKind,
  Trigger,
} from '#shared/model/incident.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import { CommandError, type Command, type IncidentDesk } from '../ports.ts';
import type { IncidentRecord, RecordEntry } from '../records/kind.ts';
import { closedView, type Book } from './book.ts';
import { TOOL, clockTime, type IncidentDeps } from './deps.ts';
import { closingBlockers } from './incident-view.ts';
import type { createOnce } from './once.ts';
import { timelineEntry } from './timeline-text.ts';
import { createTurns } from './turns.ts';

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
  const { records, clock, workspace } = deps;
  const turns = createTurns();
  const storedSignals = new Map<string, { atMs: number; verdicts: string }>();

  function promptOf(promptId: string): WorkspacePrompt {
    const prompt = workspace.prompt(promptId);
    if (prompt) return prompt;
    const message = `There is no prompt ${promptId} in the workspace.`;
    throw new CommandError('NOT_FOUND', message, { what: 'prompt', id: promptId });
  }

  /** Throws NOT_FOUND, or REFUSED when it is closed. */
  async function openRecord(id: string): Promise<IncidentRecord> {
    const record = book.record(id);
    if (record?.status === 'open') return record;
    await book.find(id);
    const reason = `${id} is closed.`;
    throw new CommandError('REFUSED', reason, { reason, fix: 'Declare a new incident if it is back.' });
  }

  /** Looks at the evidence again and fills in the answers nobody gave. */
  function withSuggestions(record: IncidentRecord): IncidentRecord {
    const prompt = workspace.prompt(record.promptId);
    const version = prompt?.versions.find(({ id }) => id === record.goodVersion);
    const suggestions = suggest({
      signals: record.signals,
      triage: record.triage,
      badVersion: record.badVersion,
      goodVersion: record.goodVersion,
      knownIssues: version?.knownIssues ?? [],
    });
    return { ...record, answers: mergeAnswers(record.answers, suggestions) };
  }

  type Line = { kind: TimelineKind; by: string; text: string; atMs?: number };
  const toEntries = (id: string, lines: readonly Line[]): TimelineEntry[] => {
    const nowMs = clock.nowMs();
    return lines.map((line) => timelineEntry(id, { atMs: nowMs, ...line, recordedAtMs: nowMs }));
  };

  async function create(
    record: Omit<IncidentRecord, 'id' | 'answers'>,
    lines: readonly Line[],
    also: readonly RecordEntry[],
  ): Promise<Incident> {
    const release = await turns.take('new');
    try {
      const today = await records.incidents({ status: 'any', limit: 1_000 });
      const used = [...today.map(({ id }) => id), ...book.open().map(({ id }) => id)];
      const id = incidentId(record.declaredAtMs, nextSequence(record.declaredAtMs, used));
      const complete = withSuggestions({ ...record, id, answers: [] });
      await book.commit({ incident: complete, timeline: toEntries(id, lines), also });
      return await book.find(id);
    } finally {
      release();
    }
  }

  /** One command on one incident: applied once, one transaction, one audit entry. */
  async function change(
    command: Command & { incidentId: string },
    what: string,
    edit: (record: IncidentRecord) => { record?: IncidentRecord; lines: readonly Line[]; says: string },
  ): Promise<Incident> {
    const id = command.incidentId;
    const again = () => book.find(id);
    return once(
      command,
      { kind: what, subject: id },
      async (done) => {
        await openRecord(id);
        const before = book.record(id);
        if (!before) return again();
        const { record, lines, says } = edit(before);
        await book.commit({
          incident: record,
          timeline: toEntries(id, lines),
          also: [{ kind: 'operation', value: done }, audit(command, `${id}: ${says}`)],
        });
        return again();
      },
      again,
    );
  }

  function audit({ actor, operationId }: Command, what: string): RecordEntry {
    return {
      kind: 'audit',
      value: {
        atMs: clock.nowMs(),
        monotonicMs: clock.monotonicMs(),
        actor: actor.name,
        via: actor.via,
        operationId,
        phase: 'fact',
        what,
        before: null,
        after: null,
      },
    };
  }

  return {
    async list({ status, limit }) {
      const stored = await records.incidents({ status, limit });
      return Promise.all(stored.map(async (record) => book.view(record.id) ?? closedView(record, deps)));
    },
    get: (id) => book.find(id),
    openFor: (promptId) => book.openFor(promptId),
    open: () => book.open(),

    async alarm(input) {
      const prompt = promptOf(input.promptId);
      const release = await turns.take(`alarm/${prompt.id}`);
      try {
        const open = book.openFor(prompt.id);
        if (open) {
          await joinAlarm(open.id, input);
          return await book.find(open.id);
        }
        const nowMs = clock.nowMs();
        const lines: Line[] = [
          { kind: 'alarm', by: TOOL, text: input.trigger.sentence },
          ...shippedLines(input.badVersion, input.shippedAtMs),
          ...(input.badVersion === null
            ? []
            : [identifiedLine(input.badVersion, input.badSha, TOOL, 'from the traces')]),
        ];
        return await create(
          {
            ...emptyRecord(prompt, nowMs, TOOL),
            trigger: input.trigger,
            badVersion: input.badVersion,
            badSha: input.badSha,
            cohort: input.cohort,
            shippedAtMs: input.shippedAtMs,
            signals: input.signals,
            identifiedAtMs: input.badVersion === null ? null : nowMs,
          },
          lines,
          [],
        );
      } finally {
        release();
      }
    },

    async declare(input) {
      const prompt = promptOf(input.promptId);
      const again = async () => {
        const open = book.openFor(prompt.id);
        if (open) return open;
        const mine = (await records.incidents({ status: 'any', limit: 1_000 })).find(
          (record) => record.promptId === prompt.id,
        );
        return book.find(mine?.id ?? '');
      };
      return once(
        input,
        { kind: 'incident.declare', subject: prompt.id },
        async (done) => {
          const release = await turns.take(`alarm/${prompt.id}`);
          try {
            const also: RecordEntry[] = [
              { kind: 'operation', value: done },
              audit(input, `declared an incident of ${prompt.id}: ${input.reason}`),
            ];
            const open = book.openFor(prompt.id);
            if (open) {
              const text = `also declared by hand: ${input.reason}`;
              await book.commit({
                timeline: toEntries(open.id, [{ kind: 'declared', by: input.actor.name, text }]),
                also,
              });
              return await book.find(open.id);
            }
            const nowMs = clock.nowMs();
            const trigger: Trigger = {
              kind: 'manual',
              signal: null,
              cohort: null,
              sigma: null,
              ratio: null,
              sentence: input.reason,
            };
            return await create(
              {
                ...emptyRecord(prompt, nowMs, input.actor.name),
                trigger,
                severity: input.severity ?? prompt.severity,
                driver: input.actor.name,
              },
              [{ kind: 'declared', by: input.actor.name, text: `declared by hand: ${input.reason}` }],
              also,
            );
          } finally {
            release();
          }
        },
        again,
      );
    },

    identify: (input) =>
      change(input, 'incident.identify', (record) => ({
        record: withSuggestions({
          ...record,
          badVersion: input.version,
          badSha: record.badVersion === input.version ? record.badSha : shaOf(record.promptId, input.version),
          identifiedAtMs: record.identifiedAtMs ?? clock.nowMs(),
        }),
        lines: [
          identifiedLine(input.version, shaOf(record.promptId, input.version), input.actor.name, 'by hand'),
        ],
        says: `bad version ${input.version}`,
      })),
    triage: (input) =>
      change(input, 'incident.triage', (record) => ({
        record: withSuggestions({ ...record, triage: input.triage }),
        lines: [{ kind: 'triaged', by: input.actor.name, text: `triage: ${input.triage}` }],
        says: `triage ${input.triage}`,
      })),
    setSeverity: (input) =>
      change(input, 'incident.setSeverity', (record) => ({
        record: { ...record, severity: input.severity satisfies Severity },
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
    note: (input) =>
      change(input, 'incident.note', () => ({
        lines: [{ kind: 'note', by: input.actor.name, text: input.text, atMs: input.atMs ?? clock.nowMs() }],
        says: 'note',
      })),
    close: (input) =>
      change(input, 'incident.close', (record) => {
        const blockers = closingBlockers(record, book.machinesOfIncident(record.id));
        if (blockers.length > 0) {
          const reason = blockers.join(' ');
          throw new CommandError('REFUSED', reason, { reason, fix: blockers[0] ?? '' });
        }
        return {
          record: {
            ...record,
            status: 'closed',
            summary: input.summary,
            closedAtMs: clock.nowMs(),
            closedBy: input.actor.name,
          },
          lines: [{ kind: 'closed', by: input.actor.name, text: `closed: ${input.summary}` }],
          says: 'closed',
        };
      }),

    async observe(id, signals) {
      const record = book.record(id);
      if (!record || record.status !== 'open') return;
      const next = withSuggestions({ ...record, signals });
      const verdicts = signals.map(({ signal, cohort, verdict }) => `${signal}/${cohort}/${verdict}`).join();
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

  function shaOf(promptId: string, version: string): string | null {
    return workspace.prompt(promptId)?.versions.find(({ id }) => id === version)?.sha ?? null;
  }

  /** An alarm on a prompt whose incident is open already: told once per signal, and fills in what was missing. */
  async function joinAlarm(id: string, input: Parameters<IncidentDesk['alarm']>[0]): Promise<void> {
    const record = book.record(id);
    if (!record) return;
    const isNews = record.badVersion === null && input.badVersion !== null;
    const view = book.view(id);
    const isKnown = view?.timeline.some(
      (line) => line.kind === 'alarm' && line.text === alarmText(input.trigger),
    );
    const isFirst = view?.timeline.every((line) => line.kind !== 'alarm') ?? true;
    if (!isNews && (isKnown || !isFirst)) return;
    const lines: Line[] = [
      { kind: 'alarm', by: TOOL, text: alarmText(input.trigger) },
      ...(record.shippedAtMs === null ? shippedLines(input.badVersion, input.shippedAtMs) : []),
      ...(isNews && input.badVersion !== null
        ? [identifiedLine(input.badVersion, input.badSha, TOOL, 'from the traces')]
        : []),
    ];
    await book.commit({
      incident: withSuggestions({
        ...record,
        badVersion: record.badVersion ?? input.badVersion,
        badSha: record.badVersion === null ? input.badSha : record.badSha,
        identifiedAtMs: record.identifiedAtMs ?? (isNews ? clock.nowMs() : null),
        shippedAtMs: record.shippedAtMs ?? input.shippedAtMs,
        signals: input.signals,
      }),
      timeline: toEntries(id, lines),
    });
  }
}

function alarmText(trigger: Trigger): string {
  return trigger.sentence;
}

function shippedLines(version: string | null, atMs: number | null) {
  if (atMs === null) return [];
  const what = version === null ? 'last change of the lever' : `${version} first seen in traffic`;
  return [{ kind: 'shipped' as const, by: TOOL, text: `${what}, ${clockTime(atMs)}`, atMs }];
}

function identifiedLine(version: string, sha: string | null, by: string, how: string) {
  const named = sha === null ? version : `${version} (${sha.slice(0, 12)})`;
  return { kind: 'identified' as const, by, text: `bad version: ${named}, ${how}` };
}

function emptyRecord(
  prompt: WorkspacePrompt,
  nowMs: number,
  by: string,
): Omit<IncidentRecord, 'id' | 'answers' | 'trigger'> {
  return {
    promptId: prompt.id,
    promptTitle: prompt.title ?? prompt.id,
    severity: prompt.severity,
    status: 'open',
    badVersion: null,
    badSha: null,
    goodVersion: prompt.control,
    cohort: 'all',
    shippedAtMs: null,
    declaredAtMs: nowMs,
    declaredBy: by,
    driver: null,
    triage: 'unknown',
    signals: [],
    badConversations: null,
    summary: null,
    closedAtMs: null,
    closedBy: null,
    identifiedAtMs: null,
    decided: null,
    verification: null,
    references: null,
  };
}
