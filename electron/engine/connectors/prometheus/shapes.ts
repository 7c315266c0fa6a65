import { z } from 'zod';

/** Unix seconds and the value as text: Prometheus writes numbers as strings, so that NaN and +Inf fit. */
const pointSchema = z.tuple([z.number(), z.string()]);
const labelsSchema = z.record(z.string(), z.string());

const matrixSchema = z.object({
  resultType: z.literal('matrix'),
  result: z.array(z.object({ metric: labelsSchema, values: z.array(pointSchema).default([]) })),
});
const vectorSchema = z.object({
  resultType: z.literal('vector'),
  result: z.array(z.object({ metric: labelsSchema, value: pointSchema.optional() })),
});
const scalarSchema = z.object({ resultType: z.literal('scalar'), result: pointSchema });

const answerSchema = <T extends z.ZodType>(data: T) =>
  z.object({
    status: z.literal('success'),
    data,
    warnings: z.array(z.string()).default([]),
    infos: z.array(z.string()).default([]),
  });

export const rangeAnswerSchema = answerSchema(matrixSchema);
export const instantAnswerSchema = answerSchema(
  z.discriminatedUnion('resultType', [vectorSchema, scalarSchema]),
);
export const buildInfoSchema = z.object({
  status: z.literal('success'),
  data: z.looseObject({ version: z.string().optional() }).nullish(),
});

/** Finite numbers only: NaN is 0 divided by 0, +Inf something divided by 0; both mean "no value here". */
export function finiteOrNull(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}
