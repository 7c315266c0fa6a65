import type { World } from '#shared/model/desktop.ts';
import { RPCLink } from '@orpc/client/message-port';
import { DrillOverError } from './call-errors.ts';
import type { CallContext, FuseboxBridge, HostEvent, Transport } from './transport.ts';

/** What main sends, or null for a message that is none of ours. */
export function hostMessageOf(data: unknown): { readonly type: 'port' } | HostEvent | null {
  if (typeof data !== 'object' || data === null || !('type' in data)) return null;
  switch (data.type) {
    case 'fusebox:port':
      return { type: 'port' };
    case 'fusebox:engine': {
      if (!('state' in data)) return null;
      const detail = 'detail' in data && typeof data.detail === 'string' ? data.detail : '';
      const { state } = data;
      return state === 'starting' || state === 'running' || state === 'restarting' || state === 'failed'
        ? { type: 'engine', state, detail }
        : null;
    }
    case 'fusebox:no-drill':
      return { type: 'no-drill', detail: 'No drill is under way.' };
    case 'fusebox:open':
      return 'incidentId' in data && typeof data.incidentId === 'string'
        ? { type: 'open-incident', incidentId: data.incidentId }
        : null;
    default:
      return null;
  }
}

/**
 * A MessagePort straight to the engine's process, brokered by main. Ports come when asked for and, after a restart of
 * the engine, unasked; a new one always replaces the old one whole.
 */
export function createDesktopTransport(bridge: FuseboxBridge, page: Window, world: World): Transport {
  const listeners = new Set<(event: HostEvent) => void>();
  let fresh: MessagePort | null = null;
  let awaiting: PromiseWithResolvers<MessagePort> | null = null;

  page.addEventListener('message', (event: MessageEvent) => {
    if (event.source !== page || event.origin !== page.location.origin) return;
    const message = hostMessageOf(event.data);
    if (message === null) return;
    if (message.type === 'no-drill') {
      awaiting?.reject(new DrillOverError(message.detail));
      awaiting = null;
    }
    if (message.type !== 'port') {
      for (const listener of listeners) listener(message);
      return;
    }
    const port = event.ports[0];
    if (port === undefined) return;
    if (awaiting !== null) {
      awaiting.resolve(port);
      awaiting = null;
      return;
    }
    fresh?.close();
    fresh = port;
    for (const listener of listeners) listener({ type: 'replaced' });
  });

  const nextPort = (signal: AbortSignal): Promise<MessagePort> => {
    if (fresh !== null) {
      const port = fresh;
      fresh = null;
      return Promise.resolve(port);
    }
    const asked = Promise.withResolvers<MessagePort>();
    awaiting = asked;
    signal.addEventListener('abort', () => {
      if (awaiting === asked) awaiting = null;
      asked.reject(new Error('The window did not get a connection to the engine in time.'));
    });
    bridge.connect(world);
    return asked.promise;
  };

  return {
    open: async (signal) => {
      const port = await nextPort(signal);
      const link = new RPCLink<CallContext>({ port });
      port.start();
      return { link, close: () => port.close() };
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
