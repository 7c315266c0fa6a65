import type { IncidentDesk, RollbackDesk } from '../ports.ts';
import { createBook } from './book.ts';
import { createIncidentChange, type IncidentChange } from './change-incident.ts';
import type { IncidentDeps } from './deps.ts';
import { createExecutor } from './executor.ts';
import { createIncidentDesk } from './incident-desk.ts';
import { createIncidentWriter } from './incident-writer.ts';
import { createNotifier } from './notices.ts';
import { createOnce } from './once.ts';
import { createRollbackDesk } from './rollback-desk.ts';
import { createVerificationLoop, type VerificationLoop } from './verification-loop.ts';

export type Incidents = {
  readonly incidents: IncidentDesk;
  readonly rollbacks: RollbackDesk;
  readonly verificationLoop: VerificationLoop;
  /** For what goes on after the response: commands on an incident, open or closed. */
  readonly changes: IncidentChange;
};

/**
 * Incidents and rollbacks, with everything that was open when the engine last ran already in memory. Nothing runs yet: call
 * `rollbacks.recover()` and `verificationLoop.start()` once the sources are there.
 */
export async function createIncidents(deps: IncidentDeps): Promise<Incidents> {
  const book = createBook(deps);
  await book.load();
  deps.records.onChangedElsewhere((changed) => {
    book.refresh(changed).catch((error: unknown) => {
      deps.log.warn({ error: String(error) }, 'changes of another engine were not read');
    });
  });
  const executor = createExecutor(deps, book);
  const notifier = createNotifier(deps, book, executor);
  const once = createOnce(deps);
  const rollbacks = createRollbackDesk(deps, book, executor, { notifier, once });
  const incidents = createIncidentDesk(deps, book, once);
  const verificationLoop = createVerificationLoop(deps, book);
  const changes = createIncidentChange(deps, book, once, createIncidentWriter(deps));
  return { incidents, rollbacks, verificationLoop, changes };
}
