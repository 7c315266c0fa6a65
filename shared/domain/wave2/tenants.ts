import type { AffectedTenant, TenantTier } from '#shared/model/wave2.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';

type Counted = { readonly cohort: string; readonly conversations: number; readonly errors: number };

/** The workspace's word, else by its name: a cohort that says "enterprise" is one. */
export function tierOf({ tenants }: Pick<WorkspacePrompt, 'tenants'>, cohort: string): TenantTier {
  const known = tenants.find((tenant) => tenant.cohort === cohort);
  if (known) return known.tier;
  return cohort.toLowerCase().includes('enterprise') ? 'enterprise' : 'standard';
}

/** Who was served the bad version: enterprise first, then by errors, then by conversations, then by name. */
export function affectedTenants(
  prompt: Pick<WorkspacePrompt, 'tenants'>,
  counts: readonly Counted[],
): AffectedTenant[] {
  const total = counts.reduce((sum, { conversations }) => sum + conversations, 0);
  return counts
    .map(({ cohort, conversations, errors }): AffectedTenant => {
      const known = prompt.tenants.find((tenant) => tenant.cohort === cohort);
      return {
        cohort,
        title: known?.name ?? cohort,
        contact: known?.contact ?? null,
        tier: tierOf(prompt, cohort),
        conversations,
        errors,
        share01: total === 0 ? 0 : conversations / total,
      };
    })
    .toSorted(
      (a, b) =>
        Number(b.tier === 'enterprise') - Number(a.tier === 'enterprise') ||
        b.errors - a.errors ||
        b.conversations - a.conversations ||
        (a.cohort < b.cohort ? -1 : 1),
    );
}

/**
 * What to tell a customer: what happened to them, since when it is over, what is being done. Neutral: no version, no cause, no guess. Times
 * are UTC.
 */
export function tellText(
  tenant: Pick<AffectedTenant, 'title' | 'conversations' | 'errors'>,
  window: { readonly fromMs: number; readonly toMs: number },
): string {
  const { title, conversations, errors } = tenant;
  const times = `${conversations.toLocaleString('en')} ${conversations === 1 ? 'conversation' : 'conversations'}`;
  const failed =
    errors === 0
      ? 'None of them led to an error that we know of.'
      : `${errors.toLocaleString('en')} of them led to an error in a later step, so that a result may be missing or incomplete.`;
  return [
    `To ${title}:`,
    '',
    `Between ${moment(window.fromMs)} and ${moment(window.toMs)}, ${times} of yours were answered by our assistant with a faulty configuration. ${failed}`,
    'The configuration was taken back. We are repairing the affected records now and will confirm when that is done.',
    'There is nothing you need to do. We will send the list of affected conversations on request.',
  ].join('\n');
}

function moment(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
