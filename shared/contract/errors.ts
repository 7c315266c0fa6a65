import { z } from 'zod';

/** Error codes every caller can rely on; `message` is written for the person, with what to do next. */
export const ERRORS = {
  NOT_FOUND: { status: 404, data: z.object({ what: z.string(), id: z.string() }) },
  /** It is not as shown. The message says who was first, when, and that nothing was done. */
  CHANGED_SINCE_SHOWN: {
    status: 409,
    data: z.object({
      shown: z.string().nullable(),
      now: z.string(),
      by: z.string().nullable(),
      atMs: z.number().nullable(),
    }),
  },
  /** Fusebox itself refuses: recovery window without a hold, no lever, closed incident, close while blocked... */
  REFUSED: {
    status: 422,
    /** `who` = those who may instead, where it was refused for the person's role. */
    data: z.object({ reason: z.string(), fix: z.string(), who: z.array(z.string()).optional() }),
  },
  /** A source did not answer. */
  SOURCE_UNAVAILABLE: { status: 503, data: z.object({ source: z.string(), detail: z.string() }) },
} as const;
