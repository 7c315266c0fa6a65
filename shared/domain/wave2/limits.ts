/** What is known about how much the list can hold. */
export type WindowFacts = {
  readonly version: string | null;
  readonly conversations: number;
  /** When the bad version shipped, as far as the incident knows. */
  readonly shippedAtMs: number | null;
  /** The oldest conversation of the prompt that is still kept; null = none is. */
  readonly keptSinceMs: number | null;
  readonly retentionHours: number;
  readonly isSampled: boolean;
  /** Of the prompt's spans in the window, 0..1; null without spans. */
  readonly unversioned01: number | null;
  /** Conversations that began on another version and were served the bad one later. */
  readonly beganElsewhere: number;
  /** The flip is not in effect, or conversations on the bad version may still be under way. */
  readonly isStillServed: boolean;
};

/** A minute: spans do not come in the order in which they happened. */
const SLACK_MS = 60_000;
/** Below this a share of spans without a version is not worth a sentence. */
const WORTH_SAYING01 = 0.0005;

/** What the list of records cannot hold, each in a sentence; empty = it holds everything that was received. */
export function windowLimits(facts: WindowFacts): string[] {
  const { version: name, shippedAtMs, keptSinceMs, unversioned01 } = facts;
  if (name === null) return ['The bad version is not known yet: name it under Identify.'];
  const limits: string[] = [];
  if (facts.conversations === 0) {
    limits.push(
      keptSinceMs === null
        ? 'No trace of this prompt was received: the records have to be found in its own stores, by time.'
        : `No received trace names ${name}.`,
    );
  }
  if (shippedAtMs !== null && keptSinceMs !== null && keptSinceMs > shippedAtMs + SLACK_MS) {
    limits.push(
      `Traces are kept for ${facts.retentionHours.toLocaleString('en')} h: what ${name} wrote between ${moment(shippedAtMs)} and ${moment(keptSinceMs)} is gone from this list.`,
    );
  }
  if (facts.isSampled) {
    limits.push('Traces are sampled: this is a part of the records, and the counts are of the sample.');
  }
  if (unversioned01 !== null && unversioned01 >= WORTH_SAYING01) {
    limits.push(
      `${percent(unversioned01)} of the spans in the window name no version: records of ${name} among them are not in this list.`,
    );
  }
  if (facts.beganElsewhere > 0) {
    const one = facts.beganElsewhere === 1;
    limits.push(
      `${facts.beganElsewhere.toLocaleString('en')} ${one ? 'conversation' : 'conversations'} began on another version and ${one ? 'was' : 'were'} served ${name} later: in the list, but counted for the other version elsewhere.`,
    );
  }
  if (facts.isStillServed)
    limits.push(`${name} was served within the last two minutes: the list may still grow.`);
  return limits;
}

function percent(share01: number): string {
  return `${(Math.round(share01 * 1000) / 10).toLocaleString('en')} %`;
}

function moment(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
