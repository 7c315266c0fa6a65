import { api } from './base.ts';
import type { ApiDesks } from './desks.ts';
import { CommandError, type DemoDesk } from '../ports.ts';

/** source.*: the Connections screen. */
export function sourceCalls({ sources }: ApiDesks) {
  return {
    list: api.source.list.handler(() => sources.list()),
    test: api.source.test.handler(({ input }) => {
      if (!sources.list().some((source) => source.id === input.sourceId)) {
        throw new CommandError('NOT_FOUND', `There is no source ${input.sourceId} in this workspace.`, {
          what: 'source',
          id: input.sourceId,
        });
      }
      return sources.test(input.sourceId);
    }),
  };
}

/** demo.*: the built-in demonstration's buttons. */
export function demoCalls(desks: ApiDesks) {
  const demo = (): DemoDesk => {
    const running = desks.demo();
    if (running) return running;
    throw new CommandError('REFUSED', 'The built-in demonstration does not run in this workspace.', {
      reason: 'not the demonstration workspace',
      fix: 'Start Fusebox without a workspace file to see the demonstration.',
    });
  };
  return {
    startRegression: api.demo.startRegression.handler(() => demo().startRegression()),
    reset: api.demo.reset.handler(() => demo().reset()),
    setSpeed: api.demo.setSpeed.handler(({ input }) => demo().setSpeed(input.speed)),
    setStaleWorkers: api.demo.setStaleWorkers.handler(({ input }) => demo().setStaleWorkers(input.count)),
  };
}
