import { oc } from '@orpc/contract';
import { z } from 'zod';
import { placeSchema, sessionIdSchema, sightingSchema } from '../model/presence.ts';
import { ERRORS } from './errors.ts';

const base = oc.errors(ERRORS);
const here = { place: placeSchema, session: sessionIdSchema };

/** presence.*: who is at an incident or on a lever now. Told, never stored; it says something to people and blocks nobody. */
export const presenceContract = {
  /** Still there; repeated every few seconds (shared/domain/presence). Answers with everybody at the place. */
  beat: base.input(z.object(here)).output(z.array(sightingSchema)),
  leave: base.input(z.object(here)).output(z.array(sightingSchema)),
};
