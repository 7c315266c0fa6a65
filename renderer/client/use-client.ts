import { createContext, use } from 'react';
import type { Client } from './client.ts';

const ClientContext = createContext<Client | null>(null);

export const ClientProvider = ClientContext.Provider;

/** The engine's procedures, each call guarded (time-out, refused when not live). */
export function useClient(): Client {
  const client = use(ClientContext);
  if (client === null) throw new Error('useClient outside of ClientProvider');
  return client;
}
