import type { SaveState } from './autosave.ts';

export type SaveWords = { readonly tone: 'ok' | 'busy' | 'warn'; readonly text: string };

/** The worst of all fields in a line: "saved 14:03:22", "not saved: …, kept here". `savedAtMs` null = nothing was saved yet. */
export function saveWords(states: readonly SaveState[], savedAtMs: number | null): SaveWords {
  const conflict = states.find((state) => state.kind === 'conflict');
  if (conflict) {
    return {
      tone: 'warn',
      text: `not saved: ${conflict.by ?? 'somebody'} changed it${conflict.atMs === null ? '' : ` at ${clock(conflict.atMs)}`}, kept here`,
    };
  }
  const failed = states.find((state) => state.kind === 'failed');
  if (failed) return { tone: 'warn', text: `not saved: ${failed.why} Kept here, tried again.` };
  if (states.some((state) => state.kind === 'saving')) return { tone: 'busy', text: 'saving' };
  if (states.some((state) => state.kind === 'unsaved')) return { tone: 'busy', text: 'typing, kept here' };
  return savedAtMs === null
    ? { tone: 'ok', text: 'drafted from the record, nothing written yet' }
    : { tone: 'ok', text: `saved ${clock(savedAtMs)}` };
}

/** "14:03:22", local time. */
export function clock(atMs: number): string {
  return new Date(atMs).toLocaleTimeString('en-GB');
}
