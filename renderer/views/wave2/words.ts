import type { TellState, Wave2StepState } from '#shared/model/wave2.ts';

export const STEP_WORDS: Readonly<Record<Wave2StepState, string>> = {
  open: 'open',
  doing: 'doing',
  done: 'done',
  'not-needed': 'not needed',
};

export const TELL_WORDS: Readonly<Record<TellState, string>> = {
  'not-told': 'not told',
  told: 'told',
  'not-needed': 'need not be told',
};

/** "2026-05-09 14:21:03 UTC" */
export function momentWords(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** "14:21 UTC", with the day where it is not today's. */
export function shortMoment(atMs: number, nowMs: number): string {
  const text = new Date(atMs).toISOString();
  const isToday = text.slice(0, 10) === new Date(nowMs).toISOString().slice(0, 10);
  return `${isToday ? '' : `${text.slice(5, 10)} `}${text.slice(11, 16)} UTC`;
}

/** "12.5 %" */
export function percentWords(share01: number): string {
  return `${(Math.round(share01 * 1_000) / 10).toLocaleString('en')} %`;
}
