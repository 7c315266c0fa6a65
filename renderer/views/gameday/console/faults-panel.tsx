import { IconAlertTriangle, IconClock, IconPlus, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useCommand } from '#renderer/client/use-command.ts';
import { Chip } from '#renderer/parts/chip.tsx';
import { Dialog } from '#renderer/parts/dialog.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import type { DrillFault, DrillState } from '#shared/model/drill.ts';
import { drillClock } from '../words.ts';
import { FaultFormFields } from './fault-form.tsx';
import styles from './console.module.css';

/** What is wrong and what will be, by the scenario or by hand; put in and taken out while the drill runs. */
export function FaultsPanel({ drill }: { readonly drill: DrillState }) {
  const [isAdding, setAdding] = useState(false);
  const withdraw = useCommand('Withdraw the fault', (client, operationId, faultId: string) =>
    client.drill.withdraw({ operationId, drillId: drill.drillId, faultId }),
  );
  const isRunning = drill.phase === 'running';
  return (
    <Panel
      title="Faults"
      note={`${drill.faults.filter(({ state }) => state === 'active').length} active`}
      aside={
        <button type="button" className="fb-button" disabled={!isRunning} onClick={() => setAdding(true)}>
          <IconPlus size={14} aria-hidden /> Inject a fault
        </button>
      }
    >
      {drill.faults.length === 0 && <p className="fb-dim">None: this scenario breaks nothing.</p>}
      <ul className={styles.faults}>
        {drill.faults.map((fault) => (
          <li key={fault.id} data-state={fault.state}>
            <FaultChip fault={fault} drill={drill} />
            <span className={styles.faultTitle}>
              {fault.title}
              {fault.by === 'facilitator' && <span className="fb-dim">, by you</span>}
            </span>
            {fault.state !== 'withdrawn' && (
              <button
                type="button"
                className="fb-button fb-button-quiet"
                aria-label={`Withdraw: ${fault.title}`}
                disabled={!isRunning || withdraw.isPending}
                onClick={() => void withdraw.run(fault.id)}
              >
                Withdraw
              </button>
            )}
          </li>
        ))}
      </ul>
      {withdraw.trouble !== null && (
        <ErrorState
          title={withdraw.trouble.title}
          detail={withdraw.trouble.detail}
          next={withdraw.trouble.next}
        />
      )}
      <Dialog isOpen={isAdding} title="Inject a fault" width="34rem" onClose={() => setAdding(false)}>
        {isAdding && <FaultFormFields drill={drill} onDone={() => setAdding(false)} />}
      </Dialog>
    </Panel>
  );
}

function FaultChip({ fault, drill }: { readonly fault: DrillFault; readonly drill: DrillState }) {
  const since = fault.activeFromMs === null ? '' : ` ${drillClock(fault.activeFromMs, drill.beginMs)}`;
  switch (fault.state) {
    case 'planned':
      return (
        <Chip tone="unknown" icon={<IconClock size={12} />}>
          planned{since}
        </Chip>
      );
    case 'active':
      return (
        <Chip tone="warn" icon={<IconAlertTriangle size={12} />}>
          active{since === '' ? '' : ` since${since}`}
        </Chip>
      );
    case 'withdrawn':
      return (
        <Chip tone="plain" icon={<IconX size={12} />}>
          withdrawn
        </Chip>
      );
  }
}
