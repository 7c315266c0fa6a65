import type { PrintOutcome } from '#shared/model/desktop.ts';
import type { ClientLink } from '@orpc/client';
import type { World } from '#shared/model/desktop.ts';

/** Per call: how long to wait for the answer. */
export type CallContext = { readonly timeoutMs?: number };

/** The raw way to an engine, good until `lost` aborts. */
export type OpenLink = {
  readonly link: ClientLink<CallContext>;
  close(): void;
};

/** What a host tells the page unasked. */
export type HostEvent =
  | {
      readonly type: 'engine';
      readonly state: 'starting' | 'running' | 'restarting' | 'failed';
      readonly detail: string;
    }
  /** A fresh way to the engine is there; the old one is dead. */
  | { readonly type: 'replaced' }
  /** The world of a drill that was asked for is not there (any more). */
  | { readonly type: 'no-drill'; readonly detail: string }
  /** A deep link or a clicked notification asks for an incident (to look at, nothing else). */
  | { readonly type: 'open-incident'; readonly incidentId: string };

/** One way of reaching an engine. */
export type Transport = {
  /** Gives a link to a running engine. Throws RefusedError where trying again cannot help, DrillOverError where no drill is under way. */
  open(signal: AbortSignal): Promise<OpenLink>;
  listen(listener: (event: HostEvent) => void): () => void;
};

/** What the preload script exposes in the desktop window (electron/hosts/README.md). */
export type FuseboxBridge = {
  connect(world: World): void;
  openExternal(url: string): Promise<boolean>;
  /** Saves the page as it prints, where the person chooses. */
  printPdf(name: string): Promise<PrintOutcome>;
};
