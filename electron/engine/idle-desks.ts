import { CommandError, type IncidentDesk, type RollbackDesk, type WatchDesk } from './ports.ts';

/** Desks without anything behind them: what the engine offers before a module is opened. */
const refuse = (what: string) => () =>
  Promise.reject(
    new CommandError('REFUSED', `${what} is not available in this engine.`, {
      reason: 'not available',
      fix: 'See `fusebox doctor`.',
    }),
  );

export const idleWatch: WatchDesk = {
  prompts: () => [],
  comparisons: () => Promise.resolve([]),
  series: refuse('A series'),
  tick: () => Promise.resolve(),
  start: () => undefined,
  stop: () => Promise.resolve(),
};

export const idleIncidents: IncidentDesk = {
  list: () => Promise.resolve([]),
  get: (id) =>
    Promise.reject(new CommandError('NOT_FOUND', `There is no incident ${id}.`, { what: 'incident', id })),
  openFor: () => null,
  open: () => [],
  alarm: refuse('An alarm'),
  declare: refuse('Declaring'),
  identify: refuse('Identifying'),
  triage: refuse('Triage'),
  setSeverity: refuse('Severity'),
  answer: refuse('Answering'),
  decide: refuse('Deciding'),
  note: refuse('A note'),
  close: refuse('Closing'),
  observe: () => Promise.resolve(),
  append: () => Promise.resolve(),
};

export const idleRollbacks: RollbackDesk = {
  plan: refuse('A rollback'),
  press: refuse('A rollback'),
  undo: refuse('Undo'),
  pauseRamp: refuse('Pausing the ramp'),
  get: refuse('A rollback'),
  recover: () => Promise.resolve(),
  stop: () => Promise.resolve(),
};
