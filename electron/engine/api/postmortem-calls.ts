import { api } from './base.ts';
import type { ApiDesks } from './desks.ts';

/** postmortem.*: drafted from the record, written by people. */
export function postmortemCalls({ postmortems, actionItems }: ApiDesks) {
  return {
    get: api.postmortem.get.handler(({ input }) => postmortems.get(input.incidentId)),
    render: api.postmortem.render.handler(({ input }) => postmortems.render(input)),
    saveSection: api.postmortem.saveSection.handler(({ input, context }) =>
      postmortems.saveSection({ ...input, actor: context.actor }),
    ),
    saveDetails: api.postmortem.saveDetails.handler(({ input, context }) =>
      postmortems.saveDetails({ ...input, actor: context.actor }),
    ),
    correct: api.postmortem.correct.handler(({ input, context }) =>
      postmortems.correct({ ...input, actor: context.actor }),
    ),
    confirmTimeline: api.postmortem.confirmTimeline.handler(({ input, context }) =>
      postmortems.confirmTimeline({ ...input, actor: context.actor }),
    ),
    waive: api.postmortem.waive.handler(({ input, context }) =>
      postmortems.waive({ ...input, actor: context.actor }),
    ),
    earlier: api.postmortem.earlier.handler(({ input }) => actionItems.earlier(input.incidentId)),
  };
}

/** note.*: the incident note. */
export function noteCalls({ notes }: ApiDesks) {
  return {
    save: api.note.save.handler(({ input, context }) => notes.save({ ...input, actor: context.actor })),
    post: api.note.post.handler(({ input, context }) => notes.post({ ...input, actor: context.actor })),
    finish: api.note.finish.handler(({ input, context }) => notes.finish({ ...input, actor: context.actor })),
  };
}
