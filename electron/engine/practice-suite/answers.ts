import { z } from 'zod';

/** What one version answered to each question, in the order of the recording. `{name}` stands for the name the customer signed with. */
export const recordingSchema = z.object({
  version: z.string(),
  answers: z.array(z.object({ asked: z.string(), said: z.array(z.string()).min(1) })),
});
export type Recording = z.infer<typeof recordingSchema>;

/**
 * The recorded answer to a text; `turn` (1-based) chooses among several, because a version does not say the same every time. Throws
 * when nothing is recorded: an answer to another question would prove nothing.
 */
export function answerTo({ version, answers }: Recording, text: string, turn: number): string {
  const { asked, name } = signed(text);
  const found = answers.find((answer) => answer.asked === text || answer.asked === asked);
  const said = found?.said[(Math.max(1, turn) - 1) % found.said.length];
  if (said === undefined) {
    throw new Error(`no answer of ${version} to this text is recorded: the runner has no model to ask`);
  }
  return said.replaceAll('{name}', () => name);
}

/** A question ends in the name of who asks: "Where is it? (Mina)". */
function signed(text: string): { asked: string; name: string } {
  const match = /^([\s\S]*\S) \(([^()]+)\)$/.exec(text.trim());
  return { asked: match?.[1] ?? text.trim(), name: match?.[2] ?? 'customer' };
}
