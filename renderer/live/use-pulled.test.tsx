import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Client } from '#renderer/client/client.ts';
import { ClientProvider } from '#renderer/client/use-client.ts';
import { showConnection } from './live-store.ts';
import { usePulled, type PullOptions } from './use-pulled.ts';

beforeEach(() => {
  vi.useFakeTimers();
  showConnection({ name: 'live' });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

type Fetcher = (client: Client, signal: AbortSignal) => Promise<string>;

function Probe(props: {
  readonly name: string | null;
  readonly fetcher: Fetcher;
  readonly options?: PullOptions;
}) {
  const pulled = usePulled(props.name, props.fetcher, props.options);
  return (
    <p>
      {`${pulled.data ?? 'nothing'} | ${pulled.error ?? 'fine'} | ${pulled.isLoading ? 'loading' : 'still'} | ${pulled.isKept ? 'kept' : 'new'}`}
    </p>
  );
}
const shown = () => screen.getByText(/\|/).textContent;
const page = (probe: React.ReactNode) => <ClientProvider value={{} as Client}>{probe}</ClientProvider>;
const settle = (ms = 0) => act(() => vi.advanceTimersByTimeAsync(ms));

it('pulls, and renews when told that there is newer data', async () => {
  let turn = 0;
  const fetcher: Fetcher = () => Promise.resolve(`answer ${(turn += 1)}`);
  const { rerender } = render(page(<Probe name="k" fetcher={fetcher} options={{ refreshOn: 1 }} />));
  expect(shown()).toBe('nothing | fine | loading | new');
  await settle();
  expect(shown()).toBe('answer 1 | fine | still | new');
  rerender(page(<Probe name="k" fetcher={fetcher} options={{ refreshOn: 2 }} />));
  await settle(900);
  // Not more often than once a second.
  expect(turn).toBe(1);
  await settle(200);
  expect(shown()).toBe('answer 2 | fine | still | new');
});

it('keeps old data on screen when renewing fails, and says so', async () => {
  let fails = false;
  const fetcher: Fetcher = () =>
    fails ? Promise.reject(new Error('Prometheus does not answer')) : Promise.resolve('old');
  const { rerender } = render(page(<Probe name="k" fetcher={fetcher} options={{ refreshOn: 1 }} />));
  await settle();
  fails = true;
  rerender(page(<Probe name="k" fetcher={fetcher} options={{ refreshOn: 2 }} />));
  await settle(1_100);
  expect(shown()).toContain('old | Prometheus does not answer');
  expect(shown()).toContain('still | kept');
});

it('does one request at a time, and the latest wish last', async () => {
  const asked: string[] = [];
  const answers: ((text: string) => void)[] = [];
  const fetcherOf =
    (name: string): Fetcher =>
    () => {
      asked.push(name);
      return new Promise((resolve) => answers.push(resolve));
    };
  const { rerender } = render(
    page(<Probe name="w1" fetcher={fetcherOf('w1')} options={{ minIntervalMs: 0 }} />),
  );
  await settle();
  for (const name of ['w2', 'w3']) {
    rerender(page(<Probe name={name} fetcher={fetcherOf(name)} options={{ minIntervalMs: 0 }} />));
    await settle();
  }
  expect(asked).toEqual(['w1']);
  answers[0]?.('one');
  await settle(10);
  expect(shown()).toContain('one');
  expect(asked).toEqual(['w1', 'w3']);
});

it('forgets data of another thing when asked to', async () => {
  const fetcher: Fetcher = () => new Promise(() => undefined);
  const options = { resetOnKeyChange: true };
  const { rerender } = render(
    page(<Probe name="a" fetcher={() => Promise.resolve('of a')} options={options} />),
  );
  await settle();
  expect(shown()).toContain('of a');
  rerender(page(<Probe name="b" fetcher={fetcher} options={options} />));
  await settle();
  expect(shown()).toBe('nothing | fine | loading | new');
});

it('waits for a live connection and renews when it comes back', async () => {
  const fetcher = vi.fn<Fetcher>(() => Promise.resolve('there'));
  showConnection({ name: 'connecting', attempt: 1, detail: null });
  render(page(<Probe name="k" fetcher={fetcher} />));
  await settle(5_000);
  expect(fetcher).not.toHaveBeenCalled();
  act(() => showConnection({ name: 'live' }));
  await settle(1_100);
  expect(fetcher).toHaveBeenCalledOnce();
});

it('asks nothing without a key', async () => {
  const fetcher = vi.fn<Fetcher>(() => Promise.resolve('x'));
  render(page(<Probe name={null} fetcher={fetcher} />));
  await settle(5_000);
  expect(fetcher).not.toHaveBeenCalled();
});
