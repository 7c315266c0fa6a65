import type { Book } from './book.ts';
import type { IncidentDeps } from './deps.ts';

export type VerificationLoop = { start(): void; stop(): Promise<void>; tick(): Promise<void> };

export function createVerificationLoop(_deps: IncidentDeps, _book: Book): VerificationLoop {
  return { start: () => undefined, stop: async () => undefined, tick: async () => undefined };
}
