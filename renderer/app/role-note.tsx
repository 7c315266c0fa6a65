import { IconLock } from '@tabler/icons-react';
import { useRefusal } from '#renderer/live/use-refusal.ts';
import type { Procedure } from '#shared/domain/team/permissions.ts';
import './role-note.css';

/** Why the controls of a view are switched off for this person, and whom to ask; nothing where they may. */
export function RoleNote(props: { readonly procedure: Procedure; readonly promptId: string | null }) {
  const refusal = useRefusal(props.procedure, props.promptId);
  if (refusal === null) return null;
  return (
    <p className="fb-role-note fb-not-printed" role="note" aria-label="Your role">
      <IconLock size={14} aria-hidden /> {refusal}
    </p>
  );
}
