import type { PromptStatus } from '#shared/model/prompt.ts';
import type { SignalVerdict } from '#shared/model/signal.ts';

/** `blind`: data, but too little to see a real change; `alone`: no candidate on trial, at most watched against its own past; `unknown`: no data. */
export type Judgement = 'worse' | 'maybe' | 'good' | 'blind' | 'alone' | 'unknown';

/** A candidate is compared, or the one version that is served is watched against its own past. */
export function isWatched(prompt: Pick<PromptStatus, 'candidate' | 'ownPast'>): boolean {
  return prompt.candidate !== null || (prompt.ownPast ?? null) !== null;
}

/** What a prompt is judged by. */
export type JudgedFacts = Pick<PromptStatus, 'signals' | 'candidate' | 'evidence' | 'ownPast'>;

/** A prompt in one word, worst signal first. Without data it is unknown, never good; without a candidate there is nothing to judge. */
export function judgementOf(prompt: JudgedFacts): Judgement {
  const has = (verdict: SignalVerdict) => prompt.signals.some((signal) => signal.verdict === verdict);
  const stands = (state: 'watch' | 'page') => prompt.evidence.some((reading) => reading.state === state);
  const isTested = prompt.evidence.length > 0;
  if (isTested ? stands('page') : has('page')) return 'worse';
  if (isTested ? stands('watch') : has('watch')) return 'maybe';
  if (prompt.candidate === null) return 'alone';
  if (has('none')) return 'good';
  const hasData = prompt.signals.some((signal) => signal.candidateValue !== null);
  return has('blind') || hasData ? 'blind' : 'unknown';
}
