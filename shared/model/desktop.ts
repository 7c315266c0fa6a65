import { z } from 'zod';

/** An incident's id as it may travel in links and notifications: our own words and digits, nothing else. */
export const incidentIdSchema = z.string().regex(/^INC-\d{8}-\d{1,6}$/);

/** What the engine's process tells main. Main shows windows and notifications; it never sees product data. */
export const engineToMainSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** The engine cannot run and a restart would not help (data directory held by another engine); for the person. */
  z.object({ type: z.literal('refused'), message: z.string() }),
  z.object({ type: z.literal('incident-opened'), incidentId: incidentIdSchema }),
  /** The world of a drill that a page shows, or asked for, is not there. */
  z.object({ type: z.literal('no-drill') }),
  /** Hosts of consoles, dashboards and runbooks: the only ones a link may open. */
  z.object({ type: z.literal('link-hosts'), hosts: z.array(z.string()) }),
]);
export type EngineToMain = z.infer<typeof engineToMainSchema>;

/** Whose engine a page shows: the team's own, or that of the drill under way. */
export const worldSchema = z.enum(['team', 'drill']);
export type World = z.infer<typeof worldSchema>;

/** What main tells the engine's process. `port` carries a MessagePort for one load of a page. */
export const mainToEngineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('port'), world: worldSchema.default('team') }),
  z.object({ type: z.literal('stop') }),
  /** The machine woke up: look at everything now. */
  z.object({ type: z.literal('resumed') }),
]);
export type MainToEngine = z.input<typeof mainToEngineSchema>;

/** The engine's life as main announces it to the page; the page never infers it. */
export const engineStateSchema = z.enum(['starting', 'running', 'restarting', 'failed']);
export type EngineState = z.infer<typeof engineStateSchema>;

/** Messages on the window, as described in electron/hosts/README.md. `fusebox:port` carries the port. */
export type PageMessage =
  | { readonly type: 'fusebox:port' }
  | { readonly type: 'fusebox:engine'; readonly state: EngineState; readonly detail: string }
  | { readonly type: 'fusebox:no-drill' }
  | { readonly type: 'fusebox:open'; readonly incidentId: string };

/** What came of a page that was to be saved as a PDF. The page hears a file's name, never where it lies. */
export type PrintOutcome =
  | { readonly state: 'saved'; readonly name: string }
  | { readonly state: 'cancelled' }
  | { readonly state: 'failed'; readonly detail: string };

/** Where the window stood when it was closed, in screen pixels. */
export const windowStateSchema = z.object({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int().min(200).max(20_000),
  height: z.number().int().min(200).max(20_000),
  isMaximized: z.boolean(),
});
export type WindowState = z.infer<typeof windowStateSchema>;
