import { spanWords } from '#shared/domain/history/words.ts';
import type { KillswitchProof, PromptStatus } from '#shared/model/prompt.ts';
import { SIGNAL_IDS, SIGNALS } from '#shared/model/signal.ts';
import type { SignalId } from '#shared/model/signal.ts';
import { isOverdue, isSlow } from './proof.ts';

export type ReadinessFinding = PromptStatus['readiness']['findings'][number];

/** What is known of a prompt when it is audited. `unversioned01` null = no traffic seen. */
export type ReadinessFacts = {
  readonly owner: string | null;
  readonly hasFlag: boolean;
  readonly hasRegistry: boolean;
  readonly hasConfig: boolean;
  /** Last attempt to read the lever failed, in plain words. */
  readonly leverError: string | null;
  /** The lever was read, and neither it nor the workspace file says where its console is. */
  readonly hasNoConsole: boolean;
  readonly hasChat: boolean;
  readonly hasPaging: boolean;
  readonly unversioned01: number | null;
  readonly hasTraffic: boolean;
  /** Signals whose configured source does not exist or is switched off, with the source's id. */
  readonly missingSignalSources: readonly { readonly signal: SignalId; readonly source: string }[];
  /** The last real flip of the killswitch as the record has it; `killswitch` null = it was not looked up, or does not matter here. */
  readonly killswitch: { readonly last: KillswitchProof | null; readonly nowMs: number } | null;
};

/** More than this share of traffic without a version and attribution is incomplete (detection notes, data contract). */
export const UNVERSIONED_LIMIT01 = 0.02;

/** What would cost time in an incident with this prompt, blocking first. Empty = ready. */
export function readinessOf(facts: ReadinessFacts): ReadinessFinding[] {
  const found: ReadinessFinding[] = [];
  const add = (id: string, severity: ReadinessFinding['severity'], text: string) =>
    found.push({ id, severity, text });

  if (!facts.hasFlag && !facts.hasRegistry && !facts.hasConfig) {
    add(
      'no-lever',
      'blocking',
      'No flag, registry label or config pin: a rollback means a deploy. Wrap the prompt in a flag.',
    );
  } else if (!facts.hasFlag) {
    add(
      'no-flag',
      'warning',
      'No flag wraps this prompt: rolling back re-points a registry label or a config pin, which is slower.',
    );
  }
  if (facts.leverError !== null)
    add('lever-unreadable', 'blocking', `The lever cannot be read: ${facts.leverError}`);
  if (facts.hasNoConsole) {
    add(
      'no-console-link',
      'warning',
      'Nothing says where the console of its lever is: write its address under links.console in the workspace file.',
    );
  }
  if (facts.owner === null)
    add('no-owner', 'blocking', 'Nobody owns this prompt: add an owner in the workspace file.');
  if (!facts.hasTraffic) {
    add('no-traffic', 'warning', 'No traffic seen for this prompt: check the prompt name in its spans.');
  } else if ((facts.unversioned01 ?? 0) > UNVERSIONED_LIMIT01) {
    const percent = ((facts.unversioned01 ?? 0) * 100).toFixed(1);
    add(
      'no-version',
      'blocking',
      `${percent} % of its traffic carries no prompt version: figures per version are provisional.`,
    );
  }
  for (const { signal, source } of facts.missingSignalSources) {
    add(
      `no-source-${signal}`,
      'warning',
      `${SIGNALS[signal].title}: source "${source}" is not there or switched off.`,
    );
  }
  if (!facts.hasChat) add('no-chat', 'warning', 'No chat channel: nobody is told of a rollback.');
  if (!facts.hasPaging) add('no-paging', 'warning', 'No paging service: the owner is not paged.');
  const hasLever = facts.hasFlag || facts.hasRegistry || facts.hasConfig;
  if (facts.killswitch !== null && hasLever) found.push(...killswitchFindings(facts.killswitch));
  return found.toSorted((a, b) => Number(b.severity === 'blocking') - Number(a.severity === 'blocking'));
}

/** A lever that nobody has pulled for a quarter may not work tonight; one that works slowly costs conversations. */
function killswitchFindings({ last, nowMs }: NonNullable<ReadinessFacts['killswitch']>): ReadinessFinding[] {
  const severity = 'warning' as const;
  const found: ReadinessFinding[] = [];
  if (isOverdue(last, nowMs)) {
    const since =
      last === null
        ? 'No real flip of its killswitch was ever seen in traffic'
        : `Its killswitch was last proven ${Math.floor((nowMs - last.atMs) / 86_400_000)} days ago, by ${last.by}`;
    const text = `${since}: flip it once at a quiet hour. A drill does not prove the real lever.`;
    found.push({ id: 'killswitch-not-proven', severity, text });
  }
  if (last !== null && isSlow(last)) {
    const text = `Its killswitch took ${spanWords(last.tookMs)} from press to seen in traffic, target 60 s: look for workers that keep an old value.`;
    found.push({ id: 'killswitch-slow', severity, text });
  }
  return found;
}

/** Signals whose source is none of `available`; the built-in telemetry always is. */
export function missingSources(
  sources: Partial<Record<SignalId, string>>,
  available: ReadonlySet<string>,
): { signal: SignalId; source: string }[] {
  return SIGNAL_IDS.flatMap((signal) => {
    const source = sources[signal] ?? 'telemetry';
    return source === 'telemetry' || available.has(source) ? [] : [{ signal, source }];
  });
}
