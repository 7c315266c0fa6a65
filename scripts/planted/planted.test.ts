import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { GATES } from '../gates/all.ts';
import type { Gate } from '../gates/gate.ts';
import { LAYERS } from '../gates/layer-rules.ts';
import { COMPILER_CASES } from './compiler-cases.ts';
import { LAYER_CASES } from './layer-cases.ts';
import { LINT_CASES, LINT_IMPORT_CASES } from './lint-cases.ts';
import { plantedTree } from './planted-tree.ts';
import { TEXT_CASES } from './text-cases.ts';

const project = join(import.meta.dirname, '..', '..');
const cases = [...LINT_CASES, ...LINT_IMPORT_CASES, ...LAYER_CASES, ...COMPILER_CASES, ...TEXT_CASES];
const tree = plantedTree(project);

afterAll(() => tree.remove());

function gateNamed(name: string): Gate {
  const gate = GATES.find((candidate) => candidate.name === name);
  if (gate === undefined) throw new Error(`there is no gate "${name}"`);
  return gate;
}

/** The judgement of a gate on the tree with these files in it. */
async function judged(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const takeOut = tree.plant(files);
  try {
    const verdict = await gateNamed(name).judge(tree.root);
    return verdict.ok ? 'passed' : `failed: ${verdict.report}`;
  } finally {
    takeOut();
  }
}

describe('each gate fails on its planted violation and passes without it', () => {
  it.each(cases)('$gate: $rule', async ({ gate, rule, planted, clean }) => {
    const judgement = await judged(gate, planted);
    expect(judgement).toMatch(/^failed: /);
    expect(judgement).toContain(rule);
    expect(await judged(gate, clean)).toBe('passed');
  });
});

describe('nothing is left unproven', () => {
  it('has a case for every gate', () => {
    const proven = new Set(cases.map(({ gate }) => gate));
    expect(GATES.map(({ name }) => name).filter((name) => !proven.has(name))).toEqual([]);
  });

  it('has a case for every lint rule that the settings name', () => {
    const settings: unknown = runInNewContext(`(${readFileSync(join(project, '.oxlintrc.json'), 'utf8')})`);
    const { rules } = z.object({ rules: z.record(z.string(), z.unknown()) }).parse(settings);
    const named = Object.entries(rules)
      .filter(([, level]) => level !== 'off')
      .map(([rule]) => (rule.includes('/') ? rule.replace(/^(.+)\/(.+)$/, '$1($2)') : `eslint(${rule})`));
    const proven = new Set([...LINT_CASES, ...LINT_IMPORT_CASES].map(({ rule }) => rule));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((rule) => !proven.has(rule))).toEqual([]);
  });

  it('has a case for every row of the layer table', () => {
    const proven = LAYER_CASES.map(({ rule }) => rule);
    const bare = LAYERS.filter(({ name }) => !proven.some((rule) => rule.startsWith(`${name} may not`)));
    expect(bare.map(({ name }) => name)).toEqual([]);
  });
});
