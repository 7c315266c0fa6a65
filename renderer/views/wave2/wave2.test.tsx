import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Client } from '#renderer/client/client.ts';
import { ClientProvider } from '#renderer/client/use-client.ts';
import { receiveMessage, showConnection } from '#renderer/live/live-store.ts';
import { storyIncident } from '#shared/domain/postmortem/story.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { LiveState } from '#shared/model/live.ts';
import type { BadRecord, BadRecordFilter, Wave2, Wave2Look } from '#shared/model/wave2.ts';
import { Wave2View } from './index.tsx';

const AT = Date.UTC(2026, 4, 9, 14);
const STORY = storyIncident();
const WAVE2: Wave2 = {
  life: {
    openedAtMs: AT,
    openedBy: 'fusebox',
    openedHow: 'verification',
    reason: 'v18 is gone from traffic, yet downstream errors go on',
    errorsSeenAtMs: AT,
    end: null,
    revision: 1,
    earlier: [],
  },
  playbooks: {},
  steps: {},
  tenants: {},
};
const CHOSEN: Wave2 = {
  ...WAVE2,
  playbooks: { parser: { isChosen: true, revision: 1, by: 'ana', atMs: AT } },
  steps: {
    'parser/hold': { state: 'done', owner: 'cy', reason: null, revision: 3, by: 'ana', atMs: AT },
  },
};
const LOOK: Wave2Look = {
  incidentId: STORY.id,
  version: 'v18',
  sha: '9f3c1ab77e04',
  window: { fromMs: AT - 900_000, toMs: AT },
  conversations: 1_234,
  errors: 300,
  tenants: [
    {
      cohort: 'acme',
      title: 'Acme Corp',
      contact: '#acme',
      tier: 'enterprise',
      conversations: 34,
      errors: 3,
      share01: 0.03,
    },
    {
      cohort: 'smb',
      title: 'smb',
      contact: null,
      tier: 'standard',
      conversations: 1_200,
      errors: 297,
      share01: 0.97,
    },
  ],
  workers: ['w-1', 'w-2'],
  errorTypes: [{ type: 'parse_error', sample: 'greeting <b>missing</b>', count: 300, sinceFlip: 41 }],
  suggestions: [
    { playbook: 'parser', spans: 41, reason: '41 of 41 failing spans since the flip say parse_error.' },
  ],
  limits: ['Traces are sampled: this is a part of the records.'],
};
const EMPTY: Wave2Look = {
  ...LOOK,
  window: null,
  conversations: 0,
  errors: 0,
  tenants: [],
  workers: [],
  errorTypes: [],
  suggestions: [],
  limits: ['No received trace names v18.'],
};
const row = (index: number): BadRecord => ({
  conversation: `conv-${index}`,
  traceIds: [`trace-${index}`],
  traces: 1,
  sha: '9f3c1ab77e04',
  beganOn: index === 1 ? 'v17' : 'v18',
  cohort: index % 2 === 0 ? 'acme' : '=smb()',
  worker: 'w-1',
  startMs: AT + index,
  endMs: AT + index + 9,
  hasError: index === 0,
  errorType: index === 0 ? 'parse_error' : null,
});

function fakeClient(over: { look?: () => Promise<Wave2Look>; total?: number } = {}) {
  const { look = async () => LOOK, total = 1_234 } = over;
  const records = vi.fn(async (query: { filter: BadRecordFilter; offset: number; limit: number }) => {
    const left = query.filter.hasError ? 1 : total;
    const count = Math.max(0, Math.min(query.limit, left - query.offset));
    return {
      total: left,
      rows: Array.from({ length: count }, (_, at) => row(query.offset + at)),
    };
  });
  const answer = () => vi.fn(async (_input: object) => STORY);
  return {
    incident: { get: vi.fn(async () => STORY) },
    wave2: {
      look: vi.fn(look),
      records,
      open: answer(),
      close: answer(),
      choose: answer(),
      setStep: answer(),
      tell: answer(),
    },
  };
}

function show(client: ReturnType<typeof fakeClient>, incident: Partial<Incident> | null): void {
  const known = incident === null ? {} : { [STORY.id]: { ...STORY, status: 'open' as const, ...incident } };
  const state = {
    engine: { clockSpeed: 1, actor: 'ana' },
    prompts: {},
    incidents: known,
    sources: {},
    dataUpToMs: null,
  };
  receiveMessage(
    { type: 'snapshot', seq: 1, nowMs: AT + 90_000, state: state as unknown as LiveState },
    performance.now(),
  );
  showConnection({ name: 'live' });
  render(
    <MantineProvider forceColorScheme="dark">
      <ClientProvider value={client as unknown as Client}>
        <Wave2View />
      </ClientProvider>
    </MantineProvider>,
  );
}
const strip = () => within(screen.getByRole('region', { name: 'State of wave 2' }));

beforeEach(() => {
  window.location.hash = `#/incident/${STORY.id}/wave2`;
  window.dispatchEvent(new Event('hashchange'));
  localStorage.clear();
  Element.prototype.scrollTo = () => undefined;
});
afterEach(cleanup);

describe('the wave 2 workbench', () => {
  it('says when none is suspected and nothing is kept, and offers to open one by hand', async () => {
    const client = fakeClient({ look: async () => EMPTY });
    show(client, { wave2: null });
    expect(await screen.findByText('No record to list')).toBeTruthy();
    expect(screen.getAllByText('No received trace names v18.').length).toBe(2);
    expect(strip().getByText('none')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: /Open wave 2/ }));
    const dialog = within(await screen.findByRole('dialog'));
    const button = dialog.getByRole<HTMLButtonElement>('button', { name: 'Open wave 2' });
    expect(button.disabled).toBe(true);
    fireEvent.change(dialog.getByLabelText('What is still wrong'), { target: { value: ' old answers ' } });
    fireEvent.click(button);
    await waitFor(() =>
      expect(client.wave2.open).toHaveBeenCalledWith(
        expect.objectContaining({ incidentId: STORY.id, reason: 'old answers' }),
      ),
    );
  });

  it('is suspected by the checks before it is open', async () => {
    const verification = STORY.verification && {
      ...STORY.verification,
      wave2: { suspected: true, sentence: 'bad output is stored somewhere' },
    };
    show(fakeClient(), { wave2: null, verification });
    expect((await screen.findByRole('alert')).textContent).toBe('bad output is stored somewhere');
    expect(strip().getByText('suspected')).toBeTruthy();
    // Nothing can be chosen before it is open.
    expect((await screen.findAllByRole<HTMLInputElement>('checkbox')).every(({ disabled }) => disabled)).toBe(
      true,
    );
  });

  it('suggests a playbook with its reason, and chooses on a press alone', async () => {
    const client = fakeClient();
    show(client, { wave2: WAVE2 });
    expect(await screen.findByText('suggested')).toBeTruthy();
    expect(screen.getByText(/41 of 41 failing spans/)).toBeTruthy();
    expect(strip().getByText('1:30')).toBeTruthy();
    expect(client.wave2.choose).not.toHaveBeenCalled();
    fireEvent.click(screen.getByRole('checkbox', { name: /Parser that expects/ }));
    await waitFor(() =>
      expect(client.wave2.choose).toHaveBeenCalledWith(
        expect.objectContaining({ playbook: 'parser', isChosen: true, revisionShown: 0 }),
      ),
    );
    // Text out of production stays text.
    expect(screen.getByText('parse_error: greeting <b>missing</b>')).toBeTruthy();
  });

  it('keeps state and owner of a step, and asks why one is not needed', async () => {
    const client = fakeClient();
    show(client, { wave2: CHOSEN });
    const list = within(await screen.findByRole('region', { name: /Parser that expects/ }));
    expect(list.getByText(/done · ana 14:00 UTC/)).toBeTruthy();
    fireEvent.change(list.getByLabelText('State: Hold what the parser refuses'), {
      target: { value: 'doing' },
    });
    await waitFor(() =>
      expect(client.wave2.setStep).toHaveBeenLastCalledWith(
        expect.objectContaining({ step: 'parser/hold', state: 'doing', owner: 'cy', revisionShown: 3 }),
      ),
    );
    const owner = list.getByLabelText('Owner: Find the records it refuses');
    fireEvent.change(owner, { target: { value: 'bo' } });
    fireEvent.keyDown(owner, { key: 'Enter' });
    await waitFor(() =>
      expect(client.wave2.setStep).toHaveBeenLastCalledWith(
        expect.objectContaining({ step: 'parser/find', state: 'open', owner: 'bo', revisionShown: 0 }),
      ),
    );
    fireEvent.change(list.getByLabelText('State: Replay them, each once'), {
      target: { value: 'not-needed' },
    });
    const dialog = within(await screen.findByRole('dialog'));
    fireEvent.change(dialog.getByLabelText('Why it is not needed'), {
      target: { value: 'the queue was empty' },
    });
    fireEvent.click(dialog.getByRole('button', { name: 'Not needed' }));
    await waitFor(() =>
      expect(client.wave2.setStep).toHaveBeenLastCalledWith(
        expect.objectContaining({
          step: 'parser/replay',
          state: 'not-needed',
          reason: 'the queue was empty',
        }),
      ),
    );
  });

  it('tells the second of two people who was first', async () => {
    const client = fakeClient();
    const error = Object.assign(new Error('The step was changed by bo at 14:00. Nothing was overwritten.'), {
      code: 'CHANGED_SINCE_SHOWN',
      data: {},
    });
    client.wave2.setStep.mockRejectedValue(error);
    show(client, { wave2: CHOSEN });
    fireEvent.change(await screen.findByLabelText('State: Hold what the parser refuses'), {
      target: { value: 'open' },
    });
    expect((await screen.findByRole('alert')).textContent).toContain('changed by bo');
  });

  it('lists tenants enterprise first, with the words to send and who was told', async () => {
    const writeText = vi.fn(async (_text: string) => undefined);
    vi.stubGlobal('navigator', Object.assign(navigator, { clipboard: { writeText } }));
    const client = fakeClient();
    const told = { state: 'told' as const, reason: null, revision: 1, by: 'bo', atMs: AT };
    show(client, { wave2: { ...CHOSEN, tenants: { smb: told } } });
    const table = within(await screen.findByRole('table', { name: 'Affected tenants' }));
    const [acme, smb] = table.getAllByRole('row').slice(1);
    expect(acme?.textContent).toContain('Acme Corp');
    expect(acme?.textContent).toContain('enterprise');
    expect(smb?.textContent).toContain('told');
    expect(screen.getByText('1 of 2 told')).toBeTruthy();
    fireEvent.click(within(acme!).getByRole('button', { name: /Copy text/ }));
    await waitFor(() => expect(writeText.mock.calls[0]?.[0]).toContain('To Acme Corp:'));
    fireEvent.click(within(acme!).getByRole('button', { name: 'Acme Corp was told' }));
    await waitFor(() =>
      expect(client.wave2.tell).toHaveBeenCalledWith(
        expect.objectContaining({ cohort: 'acme', state: 'told', revisionShown: 0 }),
      ),
    );
  });

  it('draws the records a screen at a time, says what they cannot hold, filters, and exports all of them', async () => {
    const client = fakeClient({ total: 4_500 });
    const files: Blob[] = [];
    vi.stubGlobal(
      'URL',
      Object.assign(URL, {
        createObjectURL: (blob: Blob) => {
          files.push(blob);
          return 'blob:x';
        },
        revokeObjectURL: () => undefined,
      }),
    );
    HTMLAnchorElement.prototype.click = () => undefined;
    show(client, { wave2: CHOSEN });
    const table = await screen.findByRole('table', { name: 'Records of the bad window' });
    await within(table).findByText('conv-0');
    expect(table.getAttribute('aria-rowcount')).toBe('4501');
    expect(table.querySelectorAll('tr[data-index]').length).toBeLessThan(80);
    expect(within(table).getByText('began on v17')).toBeTruthy();
    expect(screen.getByText(/Traces are sampled/)).toBeTruthy();

    fireEvent.click(screen.getByRole('button', { name: /Export CSV/ }));
    expect(await screen.findByText('saved as fusebox-INC-20260509-1-v18.csv')).toBeTruthy();
    const lines = (await files[0]!.text()).trimEnd().split('\r\n');
    expect(lines).toHaveLength(4_501);
    expect(lines[2]).toContain("'=smb()");
    fireEvent.click(screen.getByRole('button', { name: /Export NDJSON/ }));
    expect(await screen.findByText('saved as fusebox-INC-20260509-1-v18.ndjson')).toBeTruthy();
    expect((await files[1]!.text()).trimEnd().split('\n')).toHaveLength(4_500);

    fireEvent.change(screen.getByLabelText('Downstream error'), { target: { value: 'yes' } });
    expect(await screen.findByText('1 left by the filters')).toBeTruthy();
    await waitFor(() => expect(table.isConnected && table.getAttribute('aria-rowcount')).toBe('2'));
    fireEvent.click(screen.getByRole('button', { name: /Clear filters/ }));
    await waitFor(() => expect(screen.queryByText('1 left by the filters')).toBeNull());
  });

  it('is over with what is left to do, and can be ended for good', async () => {
    const client = fakeClient();
    const end = {
      how: 'baseline' as const,
      atMs: AT + 60_000,
      by: 'fusebox',
      reason: 'errors are back',
      backSinceMs: AT,
    };
    show(client, { wave2: { ...CHOSEN, life: { ...WAVE2.life, revision: 2, end } } });
    expect(await screen.findByText('errors are back')).toBeTruthy();
    expect(strip().getByText('over')).toBeTruthy();
    expect(strip().getByText('1:00')).toBeTruthy();
    expect(strip().getByText('1 of 7')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: /End it for good/ }));
    const dialog = within(await screen.findByRole('dialog'));
    fireEvent.change(dialog.getByLabelText('Why it is over'), { target: { value: 'repaired' } });
    fireEvent.click(dialog.getByRole('button', { name: 'End wave 2' }));
    await waitFor(() =>
      expect(client.wave2.close).toHaveBeenCalledWith(
        expect.objectContaining({ reason: 'repaired', revisionShown: 2 }),
      ),
    );
  });

  it('goes on working on the repair while the bad window cannot be read', async () => {
    const client = fakeClient({ look: () => Promise.reject(new Error('the telemetry store is gone')) });
    show(client, { wave2: CHOSEN });
    expect((await screen.findByRole('alert')).textContent).toContain('The bad window could not be read');
    expect(screen.getAllByText(/Not known while the bad window cannot be read/).length).toBe(2);
    expect(screen.getByLabelText('State: Hold what the parser refuses')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Try again' })).toBeTruthy();
  });

  it('asks for an incident that the feed does not hold, and says so when there is none', async () => {
    const client = fakeClient();
    client.incident.get.mockRejectedValue(new Error('There is no incident of that number.'));
    show(client, null);
    expect((await screen.findByRole('alert')).textContent).toContain('There is no incident');
  });
});
