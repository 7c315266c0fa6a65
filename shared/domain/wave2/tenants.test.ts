import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { affectedTenants, tellText, tierOf } from './tenants.ts';

describe('who was affected', () => {
  const prompt = {
    tenants: [
      { cohort: 'acme', tier: 'enterprise' as const, name: 'Acme Corp', contact: '#acme' },
      { cohort: 'enterprise-trial', tier: 'standard' as const },
    ],
  };

  it('the workspace says who is enterprise, else the name does', () => {
    expect(tierOf(prompt, 'acme')).toBe('enterprise');
    expect(tierOf(prompt, 'enterprise-trial')).toBe('standard');
    expect(tierOf(prompt, 'EU-Enterprise')).toBe('enterprise');
    expect(tierOf(prompt, 'smb')).toBe('standard');
  });

  it('enterprise first, then the most errors; shares add up', () => {
    const counts = fc.uniqueArray(
      fc.record({
        cohort: fc.constantFrom('acme', 'smb', 'enterprise', 'globex', '(none)'),
        conversations: fc.integer({ min: 1, max: 500 }),
        errors: fc.integer({ min: 0, max: 500 }),
      }),
      { selector: ({ cohort }) => cohort },
    );
    fc.assert(
      fc.property(counts, (found) => {
        const rows = affectedTenants(prompt, found);
        expect(rows).toHaveLength(found.length);
        for (const [index, row] of rows.entries()) {
          const next = rows[index + 1];
          if (!next) break;
          if (row.tier === next.tier) expect(row.errors).toBeGreaterThanOrEqual(next.errors);
          else expect(row.tier).toBe('enterprise');
        }
        const shares = rows.reduce((sum, { share01 }) => sum + share01, 0);
        expect(shares).toBeCloseTo(found.length === 0 ? 0 : 1, 9);
      }),
    );
  });

  it('is told what happened, without a version or a cause', () => {
    const text = tellText(
      { title: 'Acme Corp', conversations: 40, errors: 3 },
      { fromMs: Date.UTC(2026, 4, 9, 13, 58), toMs: Date.UTC(2026, 4, 9, 14, 14) },
    );
    expect(text).toContain('To Acme Corp:');
    expect(text).toContain('Between 2026-05-09 13:58 UTC and 2026-05-09 14:14 UTC, 40 conversations');
    expect(text).toContain('3 of them led to an error');
    expect(text).not.toMatch(/v1[78]|prompt|!/);
  });
});
