import type { PromptStatus } from '#shared/model/prompt.ts';
import type { SignalVerdict } from '#shared/model/signal.ts';

export type Judgement = 'worse' | 'maybe' | 'good' | 'unknown';

/** A prompt in one word, worst signal first. Without data it is unknown, never good. */
export function judgementOf(prompt: Pick<PromptStatus, 'signals'>): Judgement {
  const has = (verdict: SignalVerdict) => prompt.signals.some((signal) => signal.verdict === verdict);
  if (has('page')) return 'worse';
  if (has('watch')) return 'maybe';
  // "Too little data" is an answer about the data there is; no data at all is none.
  return has('none') || has('blind') ? 'good' : 'unknown';
}
