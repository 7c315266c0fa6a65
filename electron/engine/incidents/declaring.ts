import { incidentId, nextSequence } from '#shared/domain/loop/steps.ts';
import { EMPTY_AFTERMATH } from '#shared/model/closing.ts';
import type { Incident, Trigger } from '#shared/model/incident.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { IncidentDesk } from '../ports.ts';
import { RecordConflictError } from '../records/conflicts.ts';
import type { IncidentRecord, RecordEntry } from '../records/kind.ts';
import type { Book } from './book.ts';
import { TOOL, type IncidentDeps } from './deps.ts';
import {
  identifiedLine,
  onsetLines,
  shippedLines,
  type IncidentWriter,
  type Line,
} from './incident-writer.ts';
import type { createOnce } from './once.ts';
import { createTurns } from './turns.ts';

/** Another engine is first once, perhaps twice; more would be a mistake of ours. */
const JOIN_ATTEMPTS = 5;

/** How incidents begin: by alarm or by hand, one open incident per prompt. */
export function createDeclarer(
  deps: IncidentDeps,
  book: Book,
  once: ReturnType<typeof createOnce>,
  writer: IncidentWriter,
): Pick<IncidentDesk, 'alarm' | 'declare'> {
  const { records, clock } = deps;
  const { promptOf, withSuggestions, toEntries, audit } = writer;
  const turns = createTurns();

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
      await book.commit({ incident: complete, isNew: true, timeline: toEntries(id, lines), also });
      return await book.find(id);
    } finally {
      release();
    }
  }

  /** Once more when another engine on the same record was first: what it declared is in the book by then, and is joined. */
  async function orJoin(work: () => Promise<Incident>): Promise<Incident> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof RecordConflictError) || attempt === JOIN_ATTEMPTS) throw error;
        const { clash, incidentId } = error;
        const id = clash.kind === 'open-already' ? clash.incidentId : incidentId;
        await book.refresh({ incidents: [id], rollbacks: [], all: false });
      }
    }
  }

  /** An alarm on a prompt whose incident is open already: told once, and fills in what was missing. */
  async function joinAlarm(id: string, input: Parameters<IncidentDesk['alarm']>[0]): Promise<void> {
    const record = book.record(id);
    if (!record) return;
    const isNews = record.badVersion === null && input.badVersion !== null;
    const view = book.view(id);
    const isKnown = view?.timeline.some(
      (line) => line.kind === 'alarm' && line.text === input.trigger.sentence,
    );
    if (!isNews && isKnown) return;
    const lines: Line[] = [
      { kind: 'alarm', by: TOOL, text: input.trigger.sentence },
      ...(record.shippedAtMs === null ? shippedLines(input.badVersion, input.shippedAtMs) : []),
      ...(record.alarm === null ? onsetLines(input.alarm, record.shippedAtMs ?? input.shippedAtMs) : []),
      ...(isNews && input.badVersion !== null
        ? [identifiedLine(input.badVersion, input.badSha, TOOL, 'from the traces')]
        : []),
    ];
    await book.commit({
      incident: withSuggestions({
        ...record,
        badVersion: record.badVersion ?? input.badVersion,
        goodVersion: isNews ? (input.goodVersion ?? record.goodVersion) : record.goodVersion,
        badSha: record.badVersion === null ? input.badSha : record.badSha,
        identifiedAtMs: record.identifiedAtMs ?? (isNews ? clock.nowMs() : null),
        shippedAtMs: record.shippedAtMs ?? input.shippedAtMs,
        signals: input.signals,
        alarm: record.alarm ?? input.alarm,
        evidence: input.evidence,
        culprit: input.culprit ?? record.culprit,
      }),
      timeline: toEntries(id, lines),
    });
  }
  return {
    async alarm(input: Parameters<IncidentDesk['alarm']>[0]) {
      const prompt = promptOf(input.promptId);
      const release = await turns.take(`alarm/${prompt.id}`);
      const begin = async () => {
        const open = book.openFor(prompt.id);
        if (open) {
          await joinAlarm(open.id, input);
          return await book.find(open.id);
        }
        const nowMs = clock.nowMs();
        const lines: Line[] = [
          { kind: 'alarm', by: TOOL, text: input.trigger.sentence },
          ...shippedLines(input.badVersion, input.shippedAtMs),
          ...onsetLines(input.alarm, input.shippedAtMs),
          ...(input.badVersion === null
            ? []
            : [identifiedLine(input.badVersion, input.badSha, TOOL, 'from the traces')]),
        ];
        return await create(
          {
            ...emptyRecord(prompt, nowMs, TOOL),
            trigger: input.trigger,
            goodVersion: input.goodVersion ?? prompt.control,
            badVersion: input.badVersion,
            badSha: input.badSha,
            cohort: input.cohort,
            shippedAtMs: input.shippedAtMs,
            signals: input.signals,
            alarm: input.alarm,
            evidence: input.evidence,
            culprit: input.culprit,
            identifiedAtMs: input.badVersion === null ? null : nowMs,
          },
          lines,
          [],
        );
      };
      try {
        return await orJoin(begin);
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
          const begin = async () => {
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
          };
          try {
            return await orJoin(begin);
          } finally {
            release();
          }
        },
        again,
      );
    },
  };
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
    alarm: null,
    evidence: [],
    culprit: null,
    badConversations: null,
    summary: null,
    closedAtMs: null,
    closedBy: null,
    identifiedAtMs: null,
    decided: null,
    verification: null,
    references: null,
    aftermath: EMPTY_AFTERMATH,
  };
}
