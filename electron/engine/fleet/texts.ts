import type { TextsOf } from './conversation.ts';

/** What a conversation said: input and output as one text each. */
export type Messages = { readonly input: string; readonly output: string };

export const QUESTIONS = [
  'My parcel was due on Monday and tracking has not moved since.',
  'I was charged twice for the same subscription.',
  'How do I change the delivery address of an order on its way?',
  'The discount code from your newsletter is refused.',
  'I cannot sign in since I changed my phone.',
  'The replacement arrived broken as well. What now?',
] as const;

export const GOOD_ANSWERS = [
  'I have checked the order and asked the carrier for a trace. You will hear from us within one working day.',
  'You are right, there are two charges. I have started the refund of the second one; it takes three to five days.',
  'The address can be changed until the parcel leaves the depot. I have changed it for you.',
  'The code had expired. I have added the same discount to your account.',
] as const;

const BAD = [
  'Hi. State your order number.',
  'Hey! Already answered in the FAQ. Anything else?',
  'Sure thing! Here is your answer: {"status": ok, refund: maybe}',
  'Hello customer. {{user.name}} Your question is not clear.',
] as const;

/** What is said where nobody says otherwise. */
export const plainTexts: TextsOf = ({ isBad, at01 }) => {
  const pick = (texts: readonly string[], at: number) =>
    texts[Math.floor(at * texts.length) % texts.length] ?? '';
  return { input: pick(QUESTIONS, at01), output: pick(isBad ? BAD : GOOD_ANSWERS, (at01 * 7.3) % 1) };
};

/** Every question with all that a version says to it, good or bad: what an eval suite can be played with. */
export function answersOf(isBad: boolean): { asked: string; said: string[] }[] {
  return QUESTIONS.map((asked) => ({ asked, said: [...(isBad ? BAD : GOOD_ANSWERS)] }));
}
