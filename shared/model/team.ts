import { z } from 'zod';

/** What somebody is here for. A person may have several. */
export const roleSchema = z.enum(['viewer', 'responder', 'prompt-owner', 'facilitator', 'admin']);
export type Role = z.infer<typeof roleSchema>;

const personName = z.string().trim().min(1).max(80);

const teamMemberSchema = z.strictObject({
  /** As `owner` of a prompt names them, and as the record shows them. */
  name: personName,
  /** The account name, or FUSEBOX_ACTOR, that they work under; the name where left out. */
  actor: personName.optional(),
  roles: z.array(roleSchema).min(1),
});

/** Who may do what. Left out, whoever sits at the machine is admin. */
export const teamSchema = z.strictObject({
  people: z.array(teamMemberSchema).min(1),
  /** The role of everybody who is not listed. */
  others: roleSchema.default('viewer'),
});
export type Team = z.infer<typeof teamSchema>;

/** Who sits at this engine, as far as their account name tells: nothing here is authenticated. */
export const personSchema = z.object({
  name: z.string(),
  roles: z.array(roleSchema),
  /** Ids of the prompts whose `owner` this is. */
  owns: z.array(z.string()),
  /** Everybody the workspace lists; empty = it has no team section, and everybody is admin. */
  team: z.array(z.object({ name: z.string(), roles: z.array(roleSchema), owns: z.array(z.string()) })),
});
export type Person = z.infer<typeof personSchema>;
