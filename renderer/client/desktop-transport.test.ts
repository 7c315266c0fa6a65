import type { World } from '#shared/model/desktop.ts';
import { describe, expect, it, vi } from 'vitest';
import { DrillOverError } from './call-errors.ts';
import { createDesktopTransport, hostMessageOf } from './desktop-transport.ts';
import type { FuseboxBridge, HostEvent } from './transport.ts';

/** As the preload posts it: from this window, to this window. */
function post(
  data: unknown,
  ports: MessagePort[] = [],
  origin = window.location.origin,
  source: Window = window,
) {
  window.dispatchEvent(new MessageEvent('message', { data, ports, origin, source }));
}
const port = () =>
  ({
    start: vi.fn(),
    close: vi.fn(),
    postMessage: vi.fn(),
    addEventListener: vi.fn(),
  }) as unknown as MessagePort;
const bridge = () => ({
  connect: vi.fn<(world: World) => void>(),
  openExternal: vi.fn<(url: string) => Promise<boolean>>(),
  printPdf: vi.fn<FuseboxBridge['printPdf']>(),
});

describe('createDesktopTransport', () => {
  it('asks for a port and takes the one that comes', async () => {
    const host = bridge();
    const given = port();
    const opening = createDesktopTransport(host, window, 'team').open(new AbortController().signal);
    expect(host.connect).toHaveBeenCalledOnce();
    post({ type: 'fusebox:port' }, [given]);
    await opening;
    expect(given.start).toHaveBeenCalledOnce();
  });

  it('asks for the world it shows, and hears that no drill is under way', async () => {
    const host = bridge();
    const transport = createDesktopTransport(host, window, 'drill');
    const events: HostEvent[] = [];
    transport.listen((event) => events.push(event));
    const opening = transport.open(new AbortController().signal);
    expect(host.connect).toHaveBeenCalledExactlyOnceWith('drill');
    post({ type: 'fusebox:no-drill' });
    await expect(opening).rejects.toThrow(DrillOverError);
    expect(events).toEqual([{ type: 'no-drill', detail: 'No drill is under way.' }]);
  });

  it('reports a port that comes unasked, and uses it next', async () => {
    const host = bridge();
    const transport = createDesktopTransport(host, window, 'team');
    const events: HostEvent[] = [];
    transport.listen((event) => events.push(event));
    const given = port();
    post({ type: 'fusebox:port' }, [given]);
    expect(events).toEqual([{ type: 'replaced' }]);
    await transport.open(new AbortController().signal);
    expect(host.connect).not.toHaveBeenCalled();
    expect(given.start).toHaveBeenCalledOnce();
  });

  it('does not listen to other origins or other windows', () => {
    const transport = createDesktopTransport(bridge(), window, 'team');
    const events: HostEvent[] = [];
    transport.listen((event) => events.push(event));
    post({ type: 'fusebox:open', incidentId: 'INC-1' }, [], 'https://evil.example');
    post({ type: 'fusebox:open', incidentId: 'INC-1' }, [], window.location.origin, {} as Window);
    expect(events).toEqual([]);
    post({ type: 'fusebox:open', incidentId: 'INC-1' });
    expect(events).toEqual([{ type: 'open-incident', incidentId: 'INC-1' }]);
  });

  it('gives up waiting when told to', async () => {
    const abort = new AbortController();
    const opening = createDesktopTransport(bridge(), window, 'team').open(abort.signal);
    abort.abort();
    await expect(opening).rejects.toThrow('in time');
  });
});

describe('hostMessageOf', () => {
  it('knows the announcements of the engine', () => {
    expect(hostMessageOf({ type: 'fusebox:engine', state: 'restarting', detail: 'crash' })).toEqual({
      type: 'engine',
      state: 'restarting',
      detail: 'crash',
    });
  });

  it.each([
    null,
    'x',
    {},
    { type: 'fusebox:engine', state: 'exploded' },
    { type: 'fusebox:open' },
    { type: 'other' },
  ])('drops %j', (data) => {
    expect(hostMessageOf(data)).toBeNull();
  });
});
