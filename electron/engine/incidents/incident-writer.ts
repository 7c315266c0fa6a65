import { mergeAnswers, suggest } from '#shared/domain/decision/tree.ts';
import { noWayBack } from '#shared/domain/rollback/way-back.ts';
import type { Alarm } from '#shared/model/detection.ts';
import type { Seat, TimelineEntry, TimelineKind } from '#shared/model/incident.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import { CommandError, type Command } from '../ports.ts';
import type { IncidentRecord, RecordEntry } from '../records/kind.ts';
import { TOOL, clockTime, type IncidentDeps } from './deps.ts';
import { timelineEntry } from './timeline-text.ts';

/** A timeline line before it has an id; `atMs` is now unless it says otherwise. */
export type Line = {
  readonly kind: TimelineKind;
  readonly by: string;
  readonly text: string;
  readonly atMs?: number;
};

export type IncidentWriter = ReturnType<typeof createIncidentWriter>;

/** What everything that writes an incident shares. */
export function createIncidentWriter({ clock, workspace }: Pick<IncidentDeps, 'clock' | 'workspace'>) {
  /** Throws NOT_FOUND. */
  function promptOf(promptId: string): WorkspacePrompt {
    const prompt = workspace.prompt(promptId);
    if (prompt) return prompt;
    const message = `There is no prompt ${promptId} in the workspace.`;
    throw new CommandError('NOT_FOUND', message, { what: 'prompt', id: promptId });
  }

  function shaOf(promptId: string, version: string): string | null {
    return workspace.prompt(promptId)?.versions.find(({ id }) => id === version)?.sha ?? null;
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
      outside: record.outside ?? null,
      isAgainstPast: record.alarm?.basis === 'history',
    });
    const wayBlocked = prompt
      ? noWayBack(record.goodVersion, {
          control: prompt.control,
          hasPointer: prompt.registry !== undefined || prompt.config !== undefined,
          hasFlag: prompt.flag !== undefined,
        })
      : noWayBack(record.goodVersion, null);
    return { ...record, noWayBack: wayBlocked, answers: mergeAnswers(record.answers, suggestions) };
  }

  function toEntries(id: string, lines: readonly Line[]): TimelineEntry[] {
    const nowMs = clock.nowMs();
    return lines.map((line) => timelineEntry(id, { atMs: nowMs, ...line, recordedAtMs: nowMs }));
  }

  function audit(
    { actor, operationId }: Command,
    what: string,
    values: { readonly before?: unknown; readonly after?: unknown } = {},
  ): RecordEntry {
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
        before: values.before ?? null,
        after: values.after ?? null,
      },
    };
  }

  return { promptOf, shaOf, withSuggestions, toEntries, audit };
}

export function identifiedLine(version: string, sha: string | null, by: string, how: string): Line {
  const named = sha === null ? version : `${version} (${sha.slice(0, 12)})`;
  return { kind: 'identified', by, text: `bad version: ${named}, ${how}` };
}

/** Who sits where now, and who did it. */
export function seatLine(seat: Seat, before: string | null, after: string | null, by: string): Line {
  const from = before === null || before === by ? '' : ` from ${before}`;
  const text =
    after === null
      ? before === by
        ? `${by} is no longer ${seat}`
        : `${before ?? 'nobody'} is no longer ${seat}, by ${by}`
      : after === by
        ? `${by} is ${seat} now${from === '' ? '' : `, taken${from}`}`
        : `${after} is ${seat} now, given by ${by}`;
  return { kind: 'handover', by, text };
}

/** When the bad version began, where that is known. */
export function shippedLines(version: string | null, atMs: number | null): Line[] {
  if (atMs === null) return [];
  const what = version === null ? 'last change of the lever' : `${version} first seen in traffic`;
  return [{ kind: 'shipped', by: TOOL, text: `${what}, ${clockTime(atMs)}`, atMs }];
}

/** When the figures turned, as the alarm dated it, where that is after the version shipped. */
export function onsetLines(alarm: Alarm | null, shippedAtMs: number | null): Line[] {
  const onset = alarm?.onset;
  if (!onset || onset.aboutMs <= (shippedAtMs ?? -Infinity)) return [];
  const range = `${clockTime(onset.earliestMs)} to ${clockTime(onset.latestMs)}`;
  const text = `the figures turned about ${clockTime(onset.aboutMs)} (${range}), dated from the evidence`;
  return [{ kind: 'regression', by: TOOL, text, atMs: onset.aboutMs }];
}
