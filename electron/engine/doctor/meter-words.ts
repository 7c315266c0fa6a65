import { inWords } from '#shared/domain/detection/meter-advice.ts';
import type { MeterReading } from '#shared/model/detection.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import { SIGNAL_IDS } from '#shared/model/signal.ts';
import type { SignalId } from '#shared/model/signal.ts';

const NAMES: Readonly<Record<SignalId, string>> = {
  complaints: 'complaints',
  csat: 'csat',
  safety: 'safety trips',
  downstream: 'downstream errors',
};
const DAY_MS = 24 * 3_600_000;

/**
 * What the cockpit could see of a prompt's candidate by now, or of a version that is watched alone, in one sentence with its numbers; null
 * where nothing is on trial.
 */
export function meterSentence(prompt: PromptStatus, nowMs: number): string | null {
  const main = pooled(prompt, 'complaints');
  if (!main) return null;
  const against = prompt.ownPast ? 'watched against its own past, which is weaker: ' : '';
  return `${against}${[
    main.minutesTo4x === null
      ? `when a 4x rise in complaints would page cannot be said: ${main.unknownBecause ?? 'it never would'}`
      : `a 4x rise in complaints would page in about ${inWords(main.minutesTo4x)}`,
    ...blindParts(prompt, nowMs),
  ].join('; ')}`;
}

/** Minutes until a 4x rise in complaints would page; null = not known, or nothing is on trial. */
export function minutesToPage(prompt: PromptStatus): number | null {
  return pooled(prompt, 'complaints')?.minutesTo4x ?? null;
}

function pooled({ meter }: PromptStatus, wanted: SignalId): MeterReading | undefined {
  return meter.find(({ signal, cohort }) => signal === wanted && cohort === 'all');
}

/** "blind for csat until about 14:40 UTC": what was there since launch could still be hidden. */
function blindParts(prompt: PromptStatus, nowMs: number): string[] {
  return SIGNAL_IDS.flatMap((signal) => {
    const untilMs = pooled(prompt, signal)?.blindUntilMs ?? null;
    if (untilMs === null || untilMs <= nowMs) return [];
    const when =
      untilMs - nowMs > DAY_MS
        ? `for about ${inWords((untilMs - nowMs) / 60_000)}`
        : `until about ${new Date(untilMs).toISOString().slice(11, 16)} UTC`;
    return [`blind for ${NAMES[signal]} ${when}`];
  });
}
