import type { IncidentChange } from '../incidents/change-incident.ts';
import type { IncidentDeps } from '../incidents/deps.ts';
import type { IncidentDesk } from '../ports.ts';
import { createActionItemDesk } from './action-item-desk.ts';
import type { ActionItemDesk, NoteDesk, PostmortemDesk } from './kind.ts';
import { createNoteDesk } from './note-desk.ts';
import { createPostmortemDesk } from './postmortem-desk.ts';

/** The aftermath of incidents: note, postmortem, action items. Nothing runs yet: call `notes.recover()` and `actionItems.start()`. */
export function createAftermath(
  deps: IncidentDeps,
  changes: IncidentChange,
  incidents: Pick<IncidentDesk, 'get' | 'open'>,
): { readonly notes: NoteDesk; readonly postmortems: PostmortemDesk; readonly actionItems: ActionItemDesk } {
  const actionItems = createActionItemDesk(deps, changes, incidents);
  return {
    notes: createNoteDesk(deps, changes, incidents),
    postmortems: createPostmortemDesk(deps, changes, incidents, actionItems),
    actionItems,
  };
}
