import { killswitchProofOf, practiceOf } from '#shared/domain/readiness/proof.ts';
import type { KillswitchProof, LeverProofs } from '#shared/model/prompt.ts';
import type { Rollback } from '#shared/model/rollback.ts';
import type { ConnectorLog } from '../connectors/kind.ts';
import type { WorkspaceDesk } from '../ports.ts';
import type { Records } from '../records/kind.ts';
import { messageOf } from './deps.ts';

/** Seen in traffic may also be an undo or a held ramp: so many of the newest are looked through for a killswitch. */
const LOOKED_THROUGH = 50;

export type LeverProofsBook = {
  /** Null = not read yet, or the record cannot be read. From memory. */
  of(promptId: string): LeverProofs | null;
  /** A rollback that was written, here or by another engine. Cheap to call with every one. */
  heard(rollback: Rollback): void;
  /** Reads the record for every prompt of the workspace: two rows each by their index. Never rejects. */
  read(): Promise<void>;
};

/** When each prompt's killswitch was last proven, and when it was last practised: two facts of the record, kept in memory. */
export function createLeverProofs(deps: {
  readonly records: Pick<Records, 'rollbacks' | 'drills' | 'problem'>;
  readonly workspace: Pick<WorkspaceDesk, 'current'>;
  readonly log: ConnectorLog;
}): LeverProofsBook {
  const { records, workspace, log } = deps;
  const known = new Map<string, LeverProofs>();
  /** Heard before the record was read, or while it was. */
  const heard = new Map<string, KillswitchProof>();

  async function readOne(promptId: string): Promise<void> {
    const [rollbacks, [drill]] = await Promise.all([
      records.rollbacks({ promptId, state: 'seen-in-traffic', newest: LOOKED_THROUGH }),
      records.drills({ castPromptId: promptId, outcome: 'finished', limit: 1 }),
    ]);
    // A record that is away answers with nothing, which proves nothing either way.
    if (records.problem() !== null) return;
    const stored = rollbacks.map(({ rollback }) => killswitchProofOf(rollback)).findLast(Boolean) ?? null;
    const killswitch = later(stored, heard.get(promptId) ?? null);
    known.set(promptId, { killswitch, practice: drill ? practiceOf(drill.report) : null });
  }

  return {
    of: (promptId) => known.get(promptId) ?? null,
    heard(rollback) {
      const proof = killswitchProofOf(rollback);
      if (proof === null) return;
      const { promptId } = rollback;
      const newest = later(heard.get(promptId) ?? null, proof);
      if (newest !== null) heard.set(promptId, newest);
      const before = known.get(promptId);
      if (before) known.set(promptId, { ...before, killswitch: later(before.killswitch, proof) });
    },
    async read() {
      for (const { id } of workspace.current().prompts) {
        await readOne(id).catch((error: unknown) => {
          log.warn(
            { prompt: id, reason: messageOf(error) },
            'when its killswitch was last proven was not read',
          );
        });
      }
    },
  };
}

function later(a: KillswitchProof | null, b: KillswitchProof | null): KillswitchProof | null {
  if (a === null || b === null) return a ?? b;
  return a.atMs > b.atMs ? a : b;
}
