import { z } from 'zod';
import { leverKindSchema, leverStateSchema } from './prompt.ts';

/**
 * The rollback state machine of design.md, one case per state. The record is written BEFORE the step is taken.
 * `not-in-effect` and `refused` are the only states a person is told "failed" for.
 */
export const rollbackStateSchema = z.enum([
  'armed',
  'intent-recorded',
  'sent',
  'accepted',
  'refused',
  'unknown',
  'reading-back',
  'in-effect',
  'not-in-effect',
  'changed-by-other',
  'seen-in-traffic',
]);
export type RollbackState = z.infer<typeof rollbackStateSchema>;

/** Only absolute operations: what shall be so afterwards. Never toggles. */
export const leverOperationSchema = z.discriminatedUnion('kind', [
  /** Killswitch: serve control to everyone. */
  z.object({ kind: z.literal('serve-control'), version: z.string() }),
  /** Put a snapshot taken earlier back (undo). */
  z.object({ kind: z.literal('restore'), snapshotId: z.string() }),
  /** Hold or change the candidate's share (pause ramp = the present share or 0). */
  z.object({ kind: z.literal('set-share'), version: z.string(), share01: z.number().min(0).max(1) }),
  /** Registry: the live label points to this version. */
  z.object({ kind: z.literal('point-label'), version: z.string() }),
]);
export type LeverOperation = z.infer<typeof leverOperationSchema>;

export const lampSchema = z.object({
  state: z.enum(['waiting', 'checking', 'yes', 'no', 'partial']),
  atMs: z.number().nullable(),
  /** Milliseconds after the press. */
  afterMs: z.number().nullable(),
  detail: z.string(),
});
export type Lamp = z.infer<typeof lampSchema>;

/** A post or a page that went out with the click. It can fail without touching the flip. */
export const noticeSchema = z.object({
  kind: z.enum(['post', 'page']),
  target: z.string(),
  state: z.enum(['sending', 'sent', 'failed', 'not-configured']),
  detail: z.string(),
  atMs: z.number().nullable(),
});
export type Notice = z.infer<typeof noticeSchema>;

export const rollbackSchema = z.object({
  operationId: z.string(),
  incidentId: z.string().nullable(),
  promptId: z.string(),
  lever: leverKindSchema,
  source: z.string(),
  key: z.string(),
  environment: z.string(),
  operation: leverOperationSchema,
  fromVersion: z.string().nullable(),
  toVersion: z.string(),
  reason: z.string().nullable(),
  actor: z.string(),
  state: rollbackStateSchema,
  stateDetail: z.string(),
  pressedAtMs: z.number(),
  settledAtMs: z.number().nullable(),
  revisionShown: z.string().nullable(),
  before: leverStateSchema.nullable(),
  after: leverStateSchema.nullable(),
  snapshotId: z.string().nullable(),
  lamps: z.object({ accepted: lampSchema, readBack: lampSchema, inTraffic: lampSchema }),
  notices: z.array(noticeSchema),
  history: z.array(z.object({ state: rollbackStateSchema, atMs: z.number(), detail: z.string() })),
  /** The operation this one takes back, if it is an undo. */
  undoes: z.string().nullable(),
});
export type Rollback = z.infer<typeof rollbackSchema>;

/** What will happen on press, shown before it. Everything the button's small print says comes from here. */
export const rollbackPlanSchema = z.object({
  promptId: z.string(),
  lever: leverKindSchema,
  source: z.string(),
  key: z.string(),
  environment: z.string(),
  operation: leverOperationSchema,
  fromVersion: z.string().nullable(),
  toVersion: z.string(),
  fromShare01: z.number().nullable(),
  effect: z.string(),
  propagation: z.string(),
  posts: z.string().nullable(),
  pages: z.string().nullable(),
  state: leverStateSchema.nullable(),
  /** Non-null = the press is refused by us, with the reason and what to do. */
  blocked: z.string().nullable(),
  warnings: z.array(z.string()),
  /** Inside the recovery window of an earlier flip: the press needs a deliberate hold, until this time. */
  holdUntilMs: z.number().nullable(),
  holdReason: z.string().nullable(),
  hasUndo: z.boolean(),
  consoleUrl: z.string().nullable(),
});
export type RollbackPlan = z.infer<typeof rollbackPlanSchema>;
