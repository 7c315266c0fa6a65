import { createHash } from 'node:crypto';

/** The prompt the sample service serves, as its traces name it. */
export const PROMPT_NAME = 'customer_support_agent';

const SHARED_RULES = `You are the support agent of Northwind Parcel.
Answer from the order record. When the record does not say, ask one question.
Offer a refund only for an order that is marked lost.
End with the ticket number on a line of its own.`;

/** Both texts whole: v18 lost the greeting when the tone section was rewritten. */
export const PROMPT_TEXTS: Readonly<Record<string, string>> = {
  v17: `${SHARED_RULES}\nGreet the customer by name before anything else.\nKeep a warm, calm tone.\n`,
  v18: `${SHARED_RULES}\nGet to the point at once and leave out pleasantries.\n`,
};

/** First 12 hex digits of the SHA-256 of the prompt's text; of the version's name for a version without a known text. */
export function promptSha(version: string): string {
  return createHash('sha256')
    .update(PROMPT_TEXTS[version] ?? version)
    .digest('hex')
    .slice(0, 12);
}
