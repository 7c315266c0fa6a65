import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { useNowMs } from '#renderer/live/hooks.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import { practiceLines } from './practice.ts';

/**
 * When the killswitch was last proven and the prompt last practised. Nothing in a drill, or while the record cannot be read. Of a lever
 * that was never proven a finding says so, with what to do: the line is for where none does, as in the demonstration.
 */
export function DetailPractice({ readiness }: { readonly readiness: PromptStatus['readiness'] }) {
  const { proofs, findings } = readiness;
  const nowMs = useNowMs();
  if (!proofs) return null;
  const isSaid = proofs.killswitch === null && findings.some(({ id }) => id === 'killswitch-not-proven');
  const lines = practiceLines(proofs, nowMs).filter(({ what }) => !isSaid || what !== 'killswitch');
  return (
    <>
      <h3 className="fb-label">Proof and practice</h3>
      <ul className="fb-lines">
        {lines.map(({ what, text, isOverdue, href }) => (
          <li key={what} className={isOverdue ? 'fb-warn-text' : undefined}>
            {isOverdue ? <IconAlertTriangle size={13} aria-hidden /> : <IconCheck size={13} aria-hidden />}{' '}
            {isOverdue && <strong>Overdue: </strong>}
            {href === null ? text : <a href={href}>{text}</a>}
          </li>
        ))}
      </ul>
    </>
  );
}
