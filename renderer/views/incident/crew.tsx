import { Menu } from '@mantine/core';
import { IconEye, IconPencil, IconSteeringWheel } from '@tabler/icons-react';
import { useState } from 'react';
import { useAction } from '#renderer/app/actions.ts';
import { useCommand } from '#renderer/client/use-command.ts';
import { useEngine, useNowMs } from '#renderer/live/hooks.ts';
import { useOthersAt, useSayHere } from '#renderer/live/use-presence.ts';
import { useRefusal } from '#renderer/live/use-refusal.ts';
import { ageWords } from '#renderer/parts/age-words.ts';
import { KeyHint } from '#renderer/parts/key-hint.tsx';
import { may } from '#shared/domain/team/may.ts';
import type { Incident, Seat } from '#shared/model/incident.ts';
import type { Sighting } from '#shared/model/presence.ts';
import type { Person } from '#shared/model/team.ts';
import { FailureNote } from './failure-note.tsx';
import { seen } from './incident-facts.ts';
import { HandoverDialog } from './handover-dialog.tsx';
import styles from './crew.module.css';

const SEATS: readonly Seat[] = ['driver', 'scribe'];
/** More names than this make a menu that nobody reads at night. */
const MAX_NAMES = 8;

/** Who drives, who writes, who else looks at it now; seats are taken and given here. */
export function Crew({ incident }: { readonly incident: Incident }) {
  const { id: incidentId, driver, scribe } = incident;
  const isOpen = incident.status === 'open';
  const engine = useEngine();
  const nowMs = useNowMs();
  const me = engine?.actor ?? '';
  useSayHere('incident', incidentId, isOpen);
  const others = useOthersAt('incident', incidentId);
  const refusal = useRefusal('incident.setSeat', incident.promptId);
  const [isHandingOver, setHandingOver] = useState(false);
  const seat = useCommand('Change the seat', (client, operationId, to: { seat: Seat; name: string | null }) =>
    client.incident.setSeat({ operationId, ...seen(incident), ...to }),
  );
  const canChange = isOpen && refusal === null;
  useAction({
    id: 'incident.take-driver',
    title: 'Take the driver seat',
    isEnabled: canChange && driver !== me,
    run: () => void seat.run({ seat: 'driver', name: me }),
  });
  useAction({
    id: 'incident.take-scribe',
    title: 'Take the scribe seat',
    isEnabled: canChange && scribe !== me,
    run: () => void seat.run({ seat: 'scribe', name: me }),
  });
  useAction({
    id: 'incident.hand-over',
    title: 'Hand over, with what is open',
    keys: 'h',
    isEnabled: canChange,
    run: () => setHandingOver(true),
  });
  const names = seatNames(others, engine?.person ?? null, incident.promptId).filter((name) => name !== me);
  const here =
    others.length === 0 ? 'nobody else here' : `also here: ${others.map(({ name }) => name).join(', ')}`;
  const words = `Driver ${driver ?? 'nobody'}, scribe ${scribe ?? 'nobody'}, ${here}`;

  return (
    <span className={styles.crew}>
      <Menu position="bottom-end" width={300} withinPortal={false} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <button type="button" className={styles.button} title={words}>
            <span className={driver === null ? styles.empty : styles.name}>
              <IconSteeringWheel size={14} aria-hidden /> <span className="fb-hidden">Driver: </span>
              {driver ?? 'no driver'}
            </span>
            {scribe !== null && (
              <span className={styles.name}>
                <IconPencil size={13} aria-hidden /> <span className="fb-hidden">Scribe: </span>
                {scribe}
              </span>
            )}
            {others.length > 0 && (
              <span className={styles.here}>
                <IconEye size={14} aria-hidden /> {others.length}
                <span className="fb-hidden"> {here}</span>
              </span>
            )}
          </button>
        </Menu.Target>
        <Menu.Dropdown className={styles.menu}>
          <Menu.Label>
            {others.length === 0
              ? 'Nobody else has it open'
              : `Also here: ${others.map((one) => `${one.name}, ${ageWords(nowMs - one.sinceMs)}`).join('; ')}`}
          </Menu.Label>
          {SEATS.map((one) => (
            <SeatItems
              key={one}
              seat={one}
              holder={incident[one]}
              me={me}
              names={names.slice(0, MAX_NAMES)}
              isOff={!canChange || seat.isPending}
              onChange={(name) => void seat.run({ seat: one, name })}
            />
          ))}
          <Menu.Divider />
          <Menu.Item
            disabled={!canChange}
            onClick={() => setHandingOver(true)}
            rightSection={<KeyHint keys="H" />}
          >
            Hand over
          </Menu.Item>
          {refusal !== null && <Menu.Label>{refusal}</Menu.Label>}
        </Menu.Dropdown>
      </Menu>
      {seat.trouble && (
        <span className={styles.trouble}>
          <FailureNote trouble={seat.trouble} onDismiss={seat.clear} />
        </span>
      )}
      <HandoverDialog
        incident={incident}
        names={names}
        isOpen={isHandingOver}
        onDone={() => setHandingOver(false)}
      />
    </span>
  );
}

/** Whom a seat may go to: those here, then the rest of the team, without those whose role lets them do nothing with it. */
function seatNames(others: readonly Sighting[], person: Person | null, promptId: string): string[] {
  const team = person?.team ?? [];
  const idle = team.filter((one) => !may(one, 'incident.note', [promptId])).map(({ name }) => name);
  const names = new Set([...others, ...team].map(({ name }) => name));
  return [...names].filter((name) => !idle.includes(name));
}

function SeatItems(props: {
  readonly seat: Seat;
  readonly holder: string | null;
  readonly me: string;
  readonly names: readonly string[];
  readonly isOff: boolean;
  readonly onChange: (name: string | null) => void;
}) {
  const { seat, holder, me, names, isOff, onChange } = props;
  return (
    <>
      <Menu.Divider />
      <Menu.Label>
        {seat === 'driver' ? 'Driver, who acts' : 'Scribe, who writes it down'}: {holder ?? 'nobody'}
      </Menu.Label>
      {holder !== me && (
        <Menu.Item disabled={isOff} onClick={() => onChange(me)}>
          Take the {seat} seat{holder === null ? '' : ` from ${holder}`}
        </Menu.Item>
      )}
      {names
        .filter((name) => name !== holder)
        .map((name) => (
          <Menu.Item key={name} disabled={isOff} onClick={() => onChange(name)}>
            Give it to {name}
          </Menu.Item>
        ))}
      {holder === me && (
        <Menu.Item disabled={isOff} onClick={() => onChange(null)}>
          Leave the {seat} seat
        </Menu.Item>
      )}
    </>
  );
}
