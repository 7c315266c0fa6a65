import {
  IconAlertTriangle,
  IconCircleCheck,
  IconPencil,
  IconPlayerPlayFilled,
  IconShieldCheck,
} from '@tabler/icons-react';
import { Chip } from '#renderer/parts/chip.tsx';
import type { EvalCase } from '#shared/model/eval-case.ts';

/** Where a case stands, in a word. */
export function StateChip({ one }: { readonly one: Pick<EvalCase, 'state' | 'written'> }) {
  switch (one.state) {
    case 'draft':
      return (
        <Chip icon={<IconPencil size={12} />}>
          {one.written && !one.written.isStale ? 'written, not proven' : 'draft'}
        </Chip>
      );
    case 'proving':
      return (
        <Chip tone="accent" icon={<IconPlayerPlayFilled size={12} />}>
          being proven
        </Chip>
      );
    case 'refused':
      return (
        <Chip tone="warn" icon={<IconAlertTriangle size={12} />}>
          refused
        </Chip>
      );
    case 'proven':
      return (
        <Chip tone="ok" icon={<IconCircleCheck size={12} />}>
          accepted, not gated
        </Chip>
      );
    case 'gated':
      return (
        <Chip tone="ok" icon={<IconShieldCheck size={12} />}>
          accepted and gated
        </Chip>
      );
  }
}
