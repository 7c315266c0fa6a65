import type { Rollback } from '#shared/model/rollback.ts';
import { isInEffect, isSettled } from './machine.ts';

/**
 * The line for the incident channel, from facts only: what, where, from which version to which, when (UTC and local), whether it was
 * read back, by whom, operation. `localOffsetMinutes` is minutes east of UTC.
 */
export function statusLine(rollback: Rollback, localOffsetMinutes: number): string {
  const parts = [
    headline(rollback),
    rollback.key,
    rollback.environment,
    `${rollback.fromVersion ?? 'unknown'} to ${rollback.toVersion}`,
    clockTimes(rollback.pressedAtMs, localOffsetMinutes),
    readBack(rollback),
    `by ${rollback.actor}`,
    `op ${shortOperation(rollback.operationId)}`,
  ];
  if (rollback.incidentId !== null) parts.push(rollback.incidentId);
  return parts.join(', ');
}

function headline(rollback: Rollback): string {
  const done = !isSettled(rollback.state) || isInEffect(rollback.state);
  switch (rollback.operation.kind) {
    case 'serve-control':
      return done ? 'killswitch ON' : 'killswitch NOT on';
    case 'point-label':
      return done ? `label re-pointed to ${rollback.operation.version}` : 'label NOT re-pointed';
    case 'set-share': {
      const percent = `${Math.round(rollback.operation.share01 * 1000) / 10} %`;
      return done ? `ramp held at ${percent}` : `ramp NOT held at ${percent}`;
    }
    case 'restore':
      return done ? 'rollback undone' : 'rollback NOT undone';
  }
}

function readBack(rollback: Rollback): string {
  switch (rollback.state) {
    case 'in-effect':
    case 'seen-in-traffic':
      return 'read back ok';
    case 'refused':
      return 'refused by the provider';
    case 'not-in-effect':
      return 'read back: unchanged';
    case 'changed-by-other':
      return 'changed by someone else';
    case 'armed':
    case 'intent-recorded':
    case 'sent':
    case 'accepted':
    case 'unknown':
    case 'reading-back':
      return 'read back: checking';
  }
}

/** "14:11:08Z (16:11 +02:00)". */
export function clockTimes(atMs: number, localOffsetMinutes: number): string {
  const utc = new Date(atMs).toISOString().slice(11, 19);
  const local = new Date(atMs + localOffsetMinutes * 60_000).toISOString().slice(11, 16);
  const sign = localOffsetMinutes < 0 ? '-' : '+';
  const minutes = Math.abs(localOffsetMinutes);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${utc}Z (${local} ${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)})`;
}

/** The end of an operation id, for people to read aloud. */
export function shortOperation(operationId: string): string {
  return operationId
    .replaceAll(/[^0-9a-z]/gi, '')
    .slice(-4)
    .toUpperCase();
}
