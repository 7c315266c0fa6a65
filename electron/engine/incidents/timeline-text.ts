import { randomUUID } from 'node:crypto';
import type { Machine } from '#shared/domain/rollback/machine.ts';
import type { TimelineEntry, TimelineKind } from '#shared/model/incident.ts';
import type { Rollback, RollbackState } from '#shared/model/rollback.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import { TOOL, duration } from './deps.ts';

let written = 0;

/** A timeline line with a fresh id; ids sort in the order written, also within one millisecond. */
export function timelineEntry(
  incidentId: string,
  line: { kind: TimelineKind; by: string; text: string; atMs: number; recordedAtMs: number },
): TimelineEntry {
  written += 1;
  const order = `${String(line.recordedAtMs).padStart(14, '0')}-${String(written % 1_000_000).padStart(6, '0')}`;
  return { id: `${order}-${randomUUID().slice(0, 8)}`, incidentId, ...line };
}

/** Where a prompt's lines are posted, in words; empty without a chat. */
export function chatTarget({ chat }: Pick<WorkspacePrompt, 'chat'>): string {
  if (!chat) return '';
  return chat.channel ? `${chat.channel} through ${chat.source}` : chat.source;
}

/** What a person pressed, in words. */
export function pressedText(rollback: Rollback): string {
  const where = `${rollback.lever} ${rollback.key}, ${rollback.environment}`;
  const why = rollback.reason === null ? '' : ` (${rollback.reason})`;
  switch (rollback.operation.kind) {
    case 'serve-control':
      return `pressed "Roll back to ${rollback.toVersion}": ${where}${why}`;
    case 'point-label':
      return `pressed "Re-point registry to ${rollback.toVersion}": ${where}${why}`;
    case 'set-share':
      return `pressed "Pause ramp": ${rollback.operation.version} held at ${percent(rollback.operation.share01)}, ${where}${why}`;
    case 'restore':
      return `pressed "Undo rollback": ${where} as it was before operation ${rollback.undoes ?? 'unknown'}${why}`;
  }
}

export function percent(share01: number): string {
  return `${Math.round(share01 * 1000) / 10} %`;
}

/** The lines the tool writes for a step of the machine: one per new state worth telling. Empty without an incident. */
export function machineLines(before: Machine | null, after: Machine, nowMs: number): TimelineEntry[] {
  const { incidentId, operation } = after.rollback;
  if (incidentId === null) return [];
  const known = before?.rollback.history.length ?? 0;
  return after.rollback.history.slice(known).flatMap((entry) => {
    const line = lineFor(entry.state, entry.detail, after.rollback, entry.atMs);
    if (!line) return [];
    const isPress = entry.state === 'intent-recorded';
    const by = isPress ? after.rollback.actor : TOOL;
    const kind: TimelineKind = isPress ? 'pressed' : line.kind;
    const prefix = operation.kind === 'restore' && !isPress ? 'undo: ' : '';
    return [
      timelineEntry(incidentId, {
        kind,
        by,
        text: prefix + line.text,
        atMs: entry.atMs,
        recordedAtMs: nowMs,
      }),
    ];
  });
}

function lineFor(
  state: RollbackState,
  detail: string,
  rollback: Rollback,
  atMs: number,
): { kind: TimelineKind; text: string } | null {
  const after = ` (${duration(atMs - rollback.pressedAtMs)} after the press)`;
  switch (state) {
    case 'armed':
      return null;
    case 'intent-recorded':
      return { kind: 'pressed', text: pressedText(rollback) };
    case 'sent':
      return detail.includes('again') ? { kind: 'lever', text: detail } : null;
    case 'accepted':
      return { kind: 'lever', text: `${rollback.source} accepted the change${after}` };
    case 'refused':
      return { kind: 'lever', text: `${rollback.source} refused: ${detail}` };
    case 'unknown':
      return { kind: 'lever', text: detail };
    case 'reading-back':
      if (detail.includes('restarted')) return { kind: 'engine', text: detail };
      return detail.includes('still watching') ? { kind: 'lever', text: detail } : null;
    case 'in-effect':
      return { kind: 'lever', text: `${detail}${after}` };
    case 'not-in-effect':
      return { kind: 'lever', text: `not in effect: ${detail}` };
    case 'changed-by-other':
      return { kind: 'lever', text: detail };
    case 'seen-in-traffic':
      return { kind: 'traffic', text: `seen in traffic: ${detail}${after}` };
  }
}
