import { actionItemCalls } from './action-item-calls.ts';
import { api } from './base.ts';
import type { ApiDesks } from './desks.ts';
import { demoCalls, sourceCalls } from './source-calls.ts';
import { drillCalls } from './drill-calls.ts';
import { engineCalls, liveCalls } from './engine-calls.ts';
import { evalCaseCalls } from './eval-case-calls.ts';
import { evidenceCalls } from './evidence-calls.ts';
import { auditCalls, historyCalls } from './history-calls.ts';
import { incidentCalls } from './incident-calls.ts';
import { promptCalls } from './prompt-calls.ts';
import { policyCalls, rollbackCalls } from './rollback-calls.ts';
import { presenceCalls } from './presence-calls.ts';
import { noteCalls, postmortemCalls } from './postmortem-calls.ts';
import { toApiError } from './errors.ts';
import { createPermit } from './permit.ts';
import { wave2Calls } from './wave2-calls.ts';

/**
 * The contract, implemented over the desks. Handlers throw CommandError for expected refusals; the outermost step
 * turns whatever is thrown into what the caller may see, the next one asks whether this person may call this procedure at all.
 */
export function createRouter(desks: ApiDesks) {
  const permit = createPermit(desks);
  return api
    .use(async ({ next, path }) => {
      try {
        return await next();
      } catch (error) {
        throw toApiError(error, desks.log, path);
      }
    })
    .use(async ({ next, path, context }, input) =>
      next({ context: { actor: await permit(path, context.actor, input) } }),
    )
    .router({
      engine: engineCalls(desks),
      live: liveCalls(desks),
      prompt: promptCalls(desks),
      evidence: evidenceCalls(desks),
      incident: incidentCalls(desks),
      rollback: rollbackCalls(desks),
      presence: presenceCalls(desks),
      policy: policyCalls(desks),
      note: noteCalls(desks),
      postmortem: postmortemCalls(desks),
      actionItem: actionItemCalls(desks),
      evalCase: evalCaseCalls(desks),
      wave2: wave2Calls(desks),
      history: historyCalls(desks),
      audit: auditCalls(desks),
      source: sourceCalls(desks),
      demo: demoCalls(desks),
      drill: drillCalls(desks),
    });
}
export type EngineRouter = ReturnType<typeof createRouter>;
