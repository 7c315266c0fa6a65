import { IconCheck, IconCircle, IconCircleHalf2, IconLoader2, IconX } from '@tabler/icons-react';
import type { Lamp, Rollback } from '#shared/model/rollback.ts';
import styles from './act.module.css';

const WORDS: Record<Lamp['state'], string> = {
  waiting: 'waiting',
  checking: 'checking',
  yes: 'yes',
  no: 'no',
  partial: 'partly',
};

function LampIcon({ state }: { readonly state: Lamp['state'] }) {
  const label = WORDS[state];
  switch (state) {
    case 'yes':
      return <IconCheck size={14} aria-label={label} />;
    case 'no':
      return <IconX size={14} aria-label={label} />;
    case 'partial':
      return <IconCircleHalf2 size={14} aria-label={label} />;
    case 'checking':
      return <IconLoader2 size={14} aria-label={label} />;
    case 'waiting':
      return <IconCircle size={14} aria-label={label} />;
  }
}

/** The time where it is done, the count where it is partly done, else the bare state; the whole story on hover. */
function lampWords(lamp: Lamp): string {
  if (lamp.state === 'yes' && lamp.afterMs !== null) return `${(lamp.afterMs / 1000).toFixed(1)} s`;
  return lamp.state === 'partial' && lamp.detail !== '' ? lamp.detail : WORDS[lamp.state];
}

/** Accepted by the provider, read back equal, seen in traffic: three different things, never one. */
export function Lamps({ rollback }: { readonly rollback: Rollback }) {
  const lamps = [
    ['accepted', rollback.lamps.accepted],
    ['read back', rollback.lamps.readBack],
    ['in traffic', rollback.lamps.inTraffic],
  ] as const;
  return (
    <ul className={styles.lamps}>
      {lamps.map(([name, lamp]) => (
        <li key={name} className={styles.lamp} data-state={lamp.state} data-lamp={name} title={lamp.detail}>
          <span className={styles.lampHead}>
            <LampIcon state={lamp.state} /> {name}
          </span>
          <span className="fb-mono">{lampWords(lamp)}</span>
        </li>
      ))}
    </ul>
  );
}
