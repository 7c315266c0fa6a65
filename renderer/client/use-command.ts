import { useRef, useState } from 'react';
import type { Client } from './client.ts';
import { describeTrouble, type Trouble } from './failure.ts';
import { createOperationId } from './operation-id.ts';
import { useClient } from './use-client.ts';

export type Command<I, O> = {
  /** Sends it once with a fresh operation id; a second press while it is on its way does nothing and gives null. */
  readonly run: (input: I) => Promise<O | null>;
  readonly isPending: boolean;
  readonly trouble: Trouble | null;
  readonly clear: () => void;
};

/**
 * A command of the person: one operation id per press, pending and trouble states in words.
 * `what` names it in messages ("Declare incident").
 */
export function useCommand<I, O>(
  what: string,
  send: (client: Client, operationId: string, input: I) => Promise<O>,
): Command<I, O> {
  const client = useClient();
  const [isPending, setPending] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const isBusy = useRef(false);

  const run = async (input: I): Promise<O | null> => {
    if (isBusy.current) return null;
    isBusy.current = true;
    setPending(true);
    setTrouble(null);
    try {
      return await send(client, createOperationId(), input);
    } catch (error) {
      setTrouble(describeTrouble(error, what));
      return null;
    } finally {
      isBusy.current = false;
      setPending(false);
    }
  };
  return { run, isPending, trouble, clear: () => setTrouble(null) };
}
