import { z } from 'zod';
import { drillMarkSchema, drillStateSchema } from './drill.ts';
import { incidentSchema } from './incident.ts';
import { sightingSchema } from './presence.ts';
import { promptStatusSchema } from './prompt.ts';
import { sourceHealthSchema } from './source.ts';
import { personSchema } from './team.ts';

/** What the host can do for the page; the page asks for these and never for "am I in Electron". */
export const capabilitiesSchema = z.object({
  notifications: z.boolean(),
  secureStorage: z.boolean(),
  openPath: z.boolean(),
  updates: z.boolean(),
  /** Open a vetted https link outside the cockpit: `host` through main, `link` by an ordinary anchor. */
  openExternal: z.enum(['host', 'link']),
  /** The host makes a PDF of the page and asks where to save it; else the browser's own print window does. */
  printPdf: z.boolean(),
});
export type Capabilities = z.infer<typeof capabilitiesSchema>;

/** State of the built-in demonstration; null in a real workspace. */
export const demoStateSchema = z.object({
  phase: z.enum(['healthy', 'regressing', 'rolled-back']),
  speed: z.union([z.literal(1), z.literal(10)]),
  workers: z.number(),
  conversationsPerHour: z.number(),
  startedAtMs: z.number(),
  regressionStartedAtMs: z.number().nullable(),
  /** Workers made to keep their old flag value (fault), by name. */
  staleWorkers: z.array(z.string()),
  /** How far the demonstration's clock runs ahead of the wall clock, in ms; event times are on its clock. */
  clockOffsetMs: z.number(),
});
export type DemoState = z.infer<typeof demoStateSchema>;

export const engineInfoSchema = z.object({
  version: z.string(),
  workspaceName: z.string(),
  workspacePath: z.string().nullable(),
  workspaceProblems: z.array(
    z.object({ line: z.number().nullable(), path: z.string(), message: z.string(), fix: z.string() }),
  ),
  dataDir: z.string(),
  host: z.enum(['desktop', 'web', 'cli']),
  startedAtMs: z.number(),
  /** Which of the engines of a team's record this is; null on a record of one machine. */
  engineId: z.string().nullable().default(null),
  /** The engine's clock (runs at 10x in the demonstration when asked): the page shows ages against it. */
  nowMs: z.number(),
  /** Speed of the engine's clock against the wall clock. */
  clockSpeed: z.number(),
  /** The name in the record: the one that the workspace's team gives to the account, else the account's. */
  actor: z.string(),
  /** What they may do here; the engine decides at each call, the page shows it. */
  person: personSchema.default({ name: '', roles: ['admin'], owns: [], team: [] }),
  otlpEndpoint: z.string().nullable(),
  demo: demoStateSchema.nullable(),
  /** Non-null = this engine is the world of a drill. */
  drill: drillMarkSchema.nullable().default(null),
  /** Non-null = the record store is not writable: shown as a banner; rollback still works. */
  recordProblem: z.string().nullable(),
});
export type EngineInfo = z.infer<typeof engineInfoSchema>;

/** Closed incidents are pulled (`incident.list`); the feed carries the open ones and those closed since the page connected. */
export const liveStateSchema = z.object({
  engine: engineInfoSchema,
  prompts: z.record(z.string(), promptStatusSchema),
  incidents: z.record(z.string(), incidentSchema),
  sources: z.record(z.string(), sourceHealthSchema),
  /** Who is where now, by the key of the place. */
  presence: z.record(z.string(), z.array(sightingSchema)).default({}),
  /** Event time up to which telemetry is complete enough to draw; series are pulled again when it moves. */
  dataUpToMs: z.number().nullable(),
  drill: drillStateSchema.nullable().default(null),
});
export type LiveState = z.infer<typeof liveStateSchema>;

/** Typed deltas: the latest value of one entity; `value: null` = gone. */
export const liveChangeSchema = z.discriminatedUnion('entity', [
  z.object({ entity: z.literal('engine'), value: engineInfoSchema }),
  z.object({ entity: z.literal('prompt'), id: z.string(), value: promptStatusSchema.nullable() }),
  z.object({ entity: z.literal('incident'), id: z.string(), value: incidentSchema.nullable() }),
  z.object({ entity: z.literal('source'), id: z.string(), value: sourceHealthSchema.nullable() }),
  z.object({ entity: z.literal('drill'), value: drillStateSchema.nullable() }),
  z.object({ entity: z.literal('presence'), id: z.string(), value: z.array(sightingSchema).nullable() }),
  z.object({ entity: z.literal('data'), dataUpToMs: z.number().nullable() }),
]);
export type LiveChange = z.infer<typeof liveChangeSchema>;

/** What the one feed of a page carries. `seq` grows by one per message after the snapshot; a gap means: take a new snapshot. */
export const liveMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('snapshot'), seq: z.number(), nowMs: z.number(), state: liveStateSchema }),
  z.object({
    type: z.literal('delta'),
    seq: z.number(),
    nowMs: z.number(),
    changes: z.array(liveChangeSchema),
  }),
  z.object({ type: z.literal('heartbeat'), seq: z.number(), nowMs: z.number() }),
]);
export type LiveMessage = z.infer<typeof liveMessageSchema>;
