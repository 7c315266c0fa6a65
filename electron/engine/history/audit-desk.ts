import type { Clock } from '../clock.ts';
import { type AuditDesk, CommandError, type SourceDesk } from '../ports.ts';
import type { OperationRecord, Records } from '../records/kind.ts';
import { anchorLine } from './anchor.ts';
import { anchorInChat } from './anchor-places.ts';

export type AuditDeps = {
  readonly records: Pick<Records, 'verifyAudit' | 'auditHead' | 'write' | 'operation'>;
  readonly sources: Pick<SourceDesk, 'instance'>;
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs' | 'deadline'>;
};

/** The audit trail as a whole: whether it fits together, and copies of its head elsewhere. */
export function createAuditDesk({ records, sources, clock }: AuditDeps): AuditDesk {
  return {
    head: () => records.auditHead(),
    verify: (anchors) => records.verifyAudit(anchors),
    async post({ operationId, actor, source, channel }) {
      const head = await records.auditHead();
      if (head === null) {
        const fix = 'Nothing was done with Fusebox so far; anchor it after the first command.';
        throw new CommandError('REFUSED', `The audit trail is empty. ${fix}`, { reason: 'empty trail', fix });
      }
      const done = await records.operation(operationId);
      if (done) return postedBy(done);
      const chat = sources.instance(source)?.chat;
      if (!chat) {
        const fix = 'Name a chat source of the workspace: `fusebox status` lists the sources.';
        throw new CommandError('REFUSED', `The source ${source} posts to no chat. ${fix}`, {
          reason: 'no chat source',
          fix,
        });
      }
      const text = anchorLine(head, clock.nowMs());
      const outcome = await anchorInChat(chat, { line: text, channel }, clock);
      if (!outcome.ok) {
        throw new CommandError(
          'SOURCE_UNAVAILABLE',
          `The head was not posted to ${source}: ${outcome.detail}`,
          {
            source,
            detail: outcome.detail,
          },
        );
      }
      const atMs = clock.nowMs();
      const subject = `${head.seq}:${head.hash}`;
      await records.write([
        {
          kind: 'operation',
          value: { operationId, kind: 'audit.post', subject, actor: actor.name, atMs, result: { ok: true } },
        },
        {
          kind: 'audit',
          value: {
            atMs,
            monotonicMs: clock.monotonicMs(),
            actor: actor.name,
            via: actor.via,
            operationId,
            phase: 'fact',
            what: `audit.post head ${subject} to ${source}`,
            before: null,
            after: { source, channel },
          },
        },
      ]);
      return head;
    },
  };
}

/** What an earlier press with the same operation id posted. */
function postedBy({ kind, subject, operationId }: OperationRecord): { seq: number; hash: string } {
  const [seq = '', hash = ''] = subject.split(':');
  if (kind !== 'audit.post') {
    const fix = 'Send the command again with an operation id of its own.';
    throw new CommandError('REFUSED', `Operation ${operationId} was another command. ${fix}`, {
      reason: 'operation id used',
      fix,
    });
  }
  return { seq: Number(seq), hash };
}
