import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Client } from '#renderer/client/client.ts';
import { ClientProvider } from '#renderer/client/use-client.ts';
import { receiveMessage, showConnection } from '#renderer/live/live-store.ts';
import type { EvalCase, EvalContent } from '#shared/model/eval-case.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { LiveState } from '#shared/model/live.ts';
import { EvalWorkbenchView } from './index.tsx';

const INCIDENT = {
  id: 'INC-1',
  promptId: 'support',
  promptTitle: 'Support',
  badVersion: 'v18',
  goodVersion: 'v17',
  declaredAtMs: 1_000,
  shippedAtMs: null,
  rollbacks: [],
  trigger: { signal: null },
  evals: null,
} as unknown as Incident;

const SAMPLE = {
  traceId: 't1',
  spanId: 's1',
  atMs: 900,
  cohort: 'all',
  flags: [],
  input: 'Where is it? (Mina)',
  output: 'Hey Mina. \u202eState your number.',
};

const SUITE = {
  id: 'main',
  format: 'promptfoo',
  checkout: '/repo',
  path: 'evals/incidents.yaml',
  command: ['run'],
  rule: { repeats: 5, flipsAllowed: 0 },
  head: 'abcdef1234',
  branch: 'main',
  problem: null,
};

function makeCase(content: EvalContent, over: Partial<EvalCase> = {}): EvalCase {
  return {
    id: 'inc-1-1',
    incidentId: 'INC-1',
    promptId: 'support',
    badVersion: 'v18',
    goodVersion: 'v17',
    content,
    state: 'draft',
    written: null,
    proof: null,
    gate: null,
    revision: 1,
    createdAtMs: 1_000,
    createdBy: 'ana',
    changedAtMs: 1_000,
    changedBy: 'ana',
    ...over,
  };
}

const CONTENT: EvalContent = {
  name: 'greets',
  suiteId: 'main',
  inputs: [{ name: 'user_message', text: 'Where is it? (Alex)' }],
  badOutput: 'Hey Alex.',
  gold: null,
  assertions: [{ kind: 'contains', value: 'Dear', ignoreCase: false }],
  redaction: { replaced: { name: 2 }, kept: {}, isConfirmed: true },
  source: null,
};
const WRITTEN: EvalCase['written'] = {
  to: 'working-tree',
  branch: null,
  commit: null,
  files: [],
  isStale: false,
  atMs: 1,
  by: 'ana',
};
const PROOF = {
  state: 'finished',
  badVersion: 'v18',
  goodVersion: 'v17',
  rule: { repeats: 5, flipsAllowed: 0 },
  startedAtMs: 1,
  endedAtMs: 2,
  startedBy: 'ana',
  engineId: null,
  runs: [{ role: 'bad', version: 'v18', verdict: 'pass', detail: 'ok', startedAtMs: 1, tookMs: 1 }],
  verdict: {
    isAccepted: false,
    why: 'passes-on-bad',
    sentence: 'It passes on v18: it would not have caught it.',
  },
} as const;

type Save = { caseId: string | null; content: EvalContent };

function open(
  cases: EvalCase[],
  calls: { save?: (input: Save) => Promise<EvalCase>; suites?: unknown[] } = {},
) {
  const save = vi.fn(calls.save ?? ((input: Save) => Promise.resolve(makeCase(input.content))));
  const client = {
    evalCase: {
      list: () => Promise.resolve(cases),
      suites: () => Promise.resolve(calls.suites ?? [SUITE]),
      preview: () =>
        Promise.resolve({
          format: 'promptfoo',
          problems: [],
          files: [{ path: 'evals/incidents.yaml', before: null, after: '- description: "greets"\n' }],
        }),
      save,
    },
    evidence: { samples: () => Promise.resolve([SAMPLE]) },
  } as unknown as Client;
  render(
    <MantineProvider env="test">
      <ClientProvider value={client}>
        <EvalWorkbenchView />
      </ClientProvider>
    </MantineProvider>,
  );
  return { save };
}

beforeEach(() => {
  localStorage.clear();
  window.location.hash = '#/incident/INC-1/eval';
  const state = {
    engine: { clockSpeed: 1 },
    prompts: {},
    incidents: { 'INC-1': INCIDENT },
    sources: {},
    drill: null,
    dataUpToMs: null,
  } as unknown as LiveState;
  receiveMessage({ type: 'snapshot', seq: 1, nowMs: 1_000, state }, performance.now());
  showConnection({ name: 'live' });
});
afterEach(cleanup);

const region = (name: string) => within(screen.getByRole('region', { name }));

describe('a new case', () => {
  it('keeps nothing of production in the record before a person has confirmed what is replaced', async () => {
    const { save } = open([]);
    fireEvent.click(await screen.findByRole('button', { name: 'Pick this one' }));
    expect(region('2 Redact').getAllByText('Mina').length).toBeGreaterThan(0);
    expect(region('2 Redact').getByText('U+202E')).toBeDefined();
    fireEvent.change(screen.getByRole('textbox', { name: 'Name' }), { target: { value: 'greets' } });
    expect(screen.getByText(/Look at what is replaced/)).toBeDefined();
    expect(JSON.stringify(Object.entries(localStorage))).not.toContain('Mina');
    expect(save).not.toHaveBeenCalled();

    fireEvent.click(screen.getByRole('button', { name: 'I have read it: keep it like this' }));
    await waitFor(() => expect(save).toHaveBeenCalledTimes(1), { timeout: 5_000 });
    expect(JSON.stringify(save.mock.calls)).not.toContain('Mina');
    expect(save.mock.calls[0]?.[0].content.inputs[0]?.text).toBe('Where is it? (Alex)');
    await screen.findByText(/^Saved/);
  });

  it('asks to be confirmed again when a place is kept', async () => {
    open([]);
    fireEvent.click(await screen.findByRole('button', { name: 'Pick this one' }));
    fireEvent.click(screen.getByRole('button', { name: 'I have read it: keep it like this' }));
    fireEvent.click(region('2 Redact').getAllByRole('button', { name: 'Keep it' })[0]!);
    expect(screen.getByRole('button', { name: 'I have read it: keep it like this' })).toBeDefined();
  });

  it('says at once that a check would not have caught the bad output', async () => {
    open([]);
    fireEvent.click(await screen.findByRole('button', { name: 'Pick this one' }));
    fireEvent.click(screen.getByRole('button', { name: 'Add a check' }));
    fireEvent.change(screen.getByRole('textbox', { name: 'Check 1: text' }), { target: { value: 'Hey' } });
    expect(region('3 Expect').getByText(/would not have caught it/)).toBeDefined();
    fireEvent.change(screen.getByRole('textbox', { name: 'Check 1: text' }), { target: { value: 'Dear' } });
    expect(region('3 Expect').getByText(/as it must/)).toBeDefined();
  });

  it('says what was not saved and keeps it, and does not make a second case when an answer is lost', async () => {
    const ids: unknown[] = [];
    const { save } = open([], {
      save: (input) => {
        ids.push((input as unknown as { operationId: string }).operationId);
        return ids.length === 1
          ? Promise.reject(new Error('gone'))
          : Promise.resolve(makeCase(input.content));
      },
    });
    fireEvent.click(await screen.findByRole('button', { name: 'Pick this one' }));
    fireEvent.click(screen.getByRole('button', { name: 'I have read it: keep it like this' }));
    fireEvent.change(screen.getByRole('textbox', { name: 'Name' }), { target: { value: 'greets' } });
    expect((await screen.findByText(/^Not saved, kept here/, {}, { timeout: 5_000 })).textContent).toContain(
      'gone',
    );
    await waitFor(() => expect(save).toHaveBeenCalledTimes(2), { timeout: 10_000 });
    expect(new Set(ids).size).toBe(1);
    await screen.findByText(/^Saved/);
  });

  it('says where to put a suite when none is configured', async () => {
    open([], { suites: [] });
    expect(await screen.findByText(/No eval suite is configured/)).toBeDefined();
  });
});

describe('a case of the record', () => {
  it('shows why it was refused, run by run, and can be proven again', async () => {
    open([
      makeCase(CONTENT, { state: 'refused', written: WRITTEN, proof: { ...PROOF, runs: [...PROOF.runs] } }),
    ]);
    expect((await screen.findAllByText(/Refused\. It passes on v18/)).length).toBeGreaterThan(0);
    expect(
      region('6 Prove').getByRole('row', { name: /v18 \(bad\) fails passed, not as wanted/ }),
    ).toBeDefined();
    expect(region('6 Prove').getByRole('button', { name: 'Prove it again' })).toHaveProperty(
      'disabled',
      false,
    );
    expect(region('7 Gate').getByRole('button', { name: 'Check the gate' })).toHaveProperty('disabled', true);
    expect(region('2 Redact').getByText(/Replaced when it was picked: 2 name/)).toBeDefined();
  });

  it('locks what is written while it is being proven, and can be cancelled', async () => {
    const running = {
      ...PROOF,
      state: 'running' as const,
      verdict: null,
      endedAtMs: null,
      runs: [...PROOF.runs],
    };
    open([makeCase(CONTENT, { state: 'proving', written: WRITTEN, proof: running })]);
    expect(await screen.findByText('1 of 10 runs done.')).toBeDefined();
    expect(screen.getByRole('group', { name: 'The case' })).toHaveProperty('disabled', true);
    expect(screen.getByRole('button', { name: 'Cancel the runs' })).toBeDefined();
  });

  it('counts no runs of a proof that another cockpit runs', async () => {
    const running = { ...PROOF, state: 'running' as const, verdict: null, endedAtMs: null, runs: [] };
    const theirs = { ...running, engineId: 'another' };
    open([makeCase(CONTENT, { state: 'proving', written: WRITTEN, proof: theirs })]);
    expect(await screen.findByText(/It runs in another cockpit, where ana began it/)).toBeDefined();
    expect(screen.queryByRole('progressbar')).toBeNull();
  });

  it('does not overwrite what somebody else has saved', async () => {
    const conflict = Object.assign(new Error('It was changed by bob.'), { code: 'CHANGED_SINCE_SHOWN' });
    const { save } = open([makeCase(CONTENT)], { save: () => Promise.reject(conflict) });
    fireEvent.change(await screen.findByRole('textbox', { name: 'Name' }), { target: { value: 'mine' } });
    expect((await screen.findByText(/changed by bob/, {}, { timeout: 5_000 })).textContent).toContain(
      'kept here',
    );
    expect(save).toHaveBeenCalledTimes(1);
    fireEvent.click(screen.getByRole('button', { name: 'Take what is saved' }));
    expect(screen.getByRole('textbox', { name: 'Name' })).toHaveProperty('value', 'greets');
  });
});
