import { z } from 'zod';
import { secretRefSchema } from '#shared/model/workspace.ts';
import { addressSettings, withAddressPolicy } from '../base-url.ts';

export const unleashSettingsSchema = withAddressPolicy(
  z.strictObject({
    ...addressSettings,
    /** Project and environment the Test button looks at; a prompt's flag names its own. */
    project: z.string().min(1).default('default'),
    environment: z.string().min(1).default('production'),
    /** Reads, and writes too where no writeToken is given. */
    token: secretRefSchema,
    /** Only asked for at the moment of a press. */
    writeToken: secretRefSchema.optional(),
    readTimeoutMs: z.number().int().min(100).max(30_000).default(2000),
    writeTimeoutMs: z.number().int().min(100).max(10_000).default(2000),
    /** How often the SDKs of the services ask for changes (their `refreshInterval`; SDK default 15 s). */
    sdkRefreshMs: z.number().int().min(0).default(15_000),
  }),
);
export type UnleashSettings = z.infer<typeof unleashSettingsSchema>;
