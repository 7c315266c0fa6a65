import { z } from 'zod';
import type { BoardFlag } from '../kind.ts';

/** All weights of a flag together: basis points. */
export const WHOLE = 10_000;

const flagVariantSchema = z.strictObject({
  name: z.string().min(1).max(200),
  value: z.union([z.string(), z.number(), z.boolean(), z.record(z.string(), z.unknown())]),
  weight: z.number().int().min(0).max(WHOLE),
});

export const boardFlagSchema = z
  .strictObject({
    key: z
      .string()
      .regex(/^[\w.-]+$/, 'letters, digits, dot, dash, underscore')
      .max(200),
    environment: z
      .string()
      .regex(/^[\w-]+$/)
      .max(100)
      .default('production'),
    enabled: z.boolean().default(true),
    offVariant: z.string().nullable().default(null),
    variants: z.array(flagVariantSchema).min(1).max(50),
  })
  .superRefine((flag, context) => {
    const sum = flag.variants.reduce((total, variant) => total + variant.weight, 0);
    if (sum !== WHOLE)
      context.addIssue({
        code: 'custom',
        path: ['variants'],
        message: `the weights add up to ${sum}; they must add up to ${WHOLE}`,
      });
    const names = flag.variants.map((variant) => variant.name);
    if (new Set(names).size !== names.length)
      context.addIssue({ code: 'custom', path: ['variants'], message: 'two variants have the same name' });
    if (flag.offVariant !== null && !names.includes(flag.offVariant))
      context.addIssue({
        code: 'custom',
        path: ['offVariant'],
        message: `there is no variant "${flag.offVariant}"; there are: ${names.join(', ')}`,
      });
  }) satisfies z.ZodType<BoardFlag>;

/** One line of the board's own audit log. */
export const boardEventSchema = z.strictObject({
  id: z.number(),
  atMs: z.number(),
  by: z.string(),
  comment: z.string(),
  key: z.string(),
  environment: z.string(),
  text: z.string(),
  operationId: z.string().nullable(),
});
export type BoardEvent = z.infer<typeof boardEventSchema>;

/** A flag as stored: `revision` grows by one with each change and is what a write is compared with. */
export const storedFlagSchema = z.strictObject({
  flag: boardFlagSchema,
  revision: z.number().int(),
  changedAtMs: z.number(),
  changedBy: z.string(),
});
export type StoredFlag = z.infer<typeof storedFlagSchema>;

/** What the change does, for the audit log: "turned off", "v18 5 % → 10 %". */
export function describeChange(before: BoardFlag | null, after: BoardFlag): string {
  if (!before) return `created, ${after.enabled ? 'on' : 'off'}, ${weightsOf(after)}`;
  const parts: string[] = [];
  if (before.enabled !== after.enabled) parts.push(after.enabled ? 'turned on' : 'turned off');
  if (weightsOf(before) !== weightsOf(after)) parts.push(`${weightsOf(before)} → ${weightsOf(after)}`);
  if (before.offVariant !== after.offVariant)
    parts.push(`serves ${after.offVariant ?? "the code's default"} when off`);
  return parts.length > 0 ? parts.join(', ') : 'values changed';
}

const weightsOf = (flag: BoardFlag) =>
  flag.variants.map((variant) => `${variant.name} ${variant.weight / 100} %`).join(', ');
