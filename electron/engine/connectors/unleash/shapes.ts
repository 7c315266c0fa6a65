import { z } from 'zod';

/**
 * The parts of Unleash's admin API that are read here (OpenAPI of 8.2.0; observed on 7.6.5 and 8.2.0). Unknown fields of a strategy
 * are kept: a strategy that is put back must be put back whole.
 */
export const variantSchema = z.looseObject({
  name: z.string(),
  weight: z.number(),
  weightType: z.string(),
});
export type UnleashVariant = z.infer<typeof variantSchema>;

export const strategySchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  disabled: z.boolean().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  constraints: z.array(z.unknown()).nullish(),
  segments: z.array(z.unknown()).nullish(),
  variants: z.array(variantSchema).nullish(),
});
export type UnleashStrategy = z.infer<typeof strategySchema>;

export const environmentSchema = z.looseObject({
  name: z.string(),
  enabled: z.boolean(),
  strategies: z.array(strategySchema).default([]),
  /** Older, flag-level variants; those of a strategy win over them. */
  variants: z.array(variantSchema).nullish(),
});

export const projectEnvironmentsSchema = z.object({
  environments: z.array(
    z.looseObject({
      name: z.string(),
      enabled: z.boolean().optional(),
      protected: z.boolean().nullish(),
      requiredApprovals: z.number().nullish(),
    }),
  ),
});

export const eventSchema = z.looseObject({
  id: z.number(),
  type: z.string(),
  createdBy: z.string().nullish(),
  createdAt: z.string(),
  environment: z.string().nullish(),
  data: z.unknown(),
  preData: z.unknown(),
});
export type UnleashEvent = z.infer<typeof eventSchema>;
export const eventsSchema = z.object({ events: z.array(eventSchema) });

export const projectsSchema = z.object({ projects: z.array(z.looseObject({ id: z.string() })) });
export const featureSearchSchema = z.object({ total: z.number(), features: z.array(z.unknown()) });

/** What is kept before a write: one flag in one environment, enough to put it back. JSON only. */
export const snapshotSchema = z.object({
  project: z.string(),
  feature: z.string(),
  environment: z.string(),
  enabled: z.boolean(),
  strategies: z.array(strategySchema),
  variants: z.array(variantSchema),
});
export type UnleashSnapshot = z.infer<typeof snapshotSchema>;
