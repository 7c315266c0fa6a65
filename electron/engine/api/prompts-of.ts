import { z } from 'zod';
import type { ApiDesks } from './desks.ts';

/** Everything by which a call may say what it is about. It is looked at before the call's own schema is, so anything may be missing. */
const referencesSchema = z
  .object({
    promptId: z.string().nullish().catch(null),
    incidentId: z.string().nullish().catch(null),
    undoes: z.string().nullish().catch(null),
    caseId: z.string().nullish().catch(null),
    itemId: z.string().nullish().catch(null),
    policyActionId: z.string().nullish().catch(null),
  })
  .catch({});

/**
 * The prompts that a call is about, by everything that it names: a call that names an incident of one prompt and a case of another
 * is about both. Names that lead to nothing count for nothing; the handler says that there is no such thing.
 */
export async function promptsOf(input: unknown, records: ApiDesks['records']): Promise<string[]> {
  const { promptId, incidentId, undoes, caseId, itemId, policyActionId } = referencesSchema.parse(input);
  const nothing = Promise.resolve(null);
  const found = await Promise.all([
    incidentId == null ? nothing : records.incident(incidentId).then((one) => one?.promptId),
    undoes == null ? nothing : records.rollback(undoes).then((one) => one?.rollback.promptId),
    caseId == null ? nothing : records.evalCases({ id: caseId }).then(([one]) => one?.case.promptId),
    itemId == null
      ? nothing
      : records.actionItems({}).then((all) => all.find(({ id }) => id === itemId)?.promptId),
    policyActionId == null
      ? nothing
      : records
          .policyActions({ sinceMs: 0 })
          .then((all) => all.find(({ action }) => action.id === policyActionId)?.action.promptId),
  ]);
  return [...new Set([promptId, ...found].filter((id) => id != null))];
}
