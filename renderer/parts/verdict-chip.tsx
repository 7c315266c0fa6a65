import {
  IconAlertTriangleFilled,
  IconCircleCheck,
  IconEyeOff,
  IconHelpCircle,
  IconSquareRotatedFilled,
} from '@tabler/icons-react';
import type { SignalVerdict } from '#shared/model/signal.ts';
import { Chip, type ChipTone } from './chip.tsx';
import { verdictShortWords, verdictWords } from './verdict-words.ts';

const SIZE = 11;
const LOOKS: Record<SignalVerdict, { readonly tone: ChipTone; readonly icon: React.ReactNode }> = {
  page: { tone: 'danger', icon: <IconAlertTriangleFilled size={SIZE} /> },
  watch: { tone: 'warn', icon: <IconSquareRotatedFilled size={SIZE} /> },
  none: { tone: 'plain', icon: <IconCircleCheck size={SIZE} /> },
  blind: { tone: 'unknown', icon: <IconEyeOff size={SIZE} /> },
  unknown: { tone: 'unknown', icon: <IconHelpCircle size={SIZE} /> },
};

export type VerdictChipProps = {
  readonly verdict: SignalVerdict;
  readonly minutesNeeded?: number | null;
  readonly isShort?: boolean;
  readonly title?: string;
};

/** How a figure may be read: shape, tone and words. */
export function VerdictChip({ verdict, minutesNeeded = null, isShort = false, title }: VerdictChipProps) {
  const { tone, icon } = LOOKS[verdict];
  return (
    <Chip
      tone={tone}
      icon={icon}
      title={title}
      isQuiet={isShort && verdict !== 'page' && verdict !== 'watch'}
    >
      {isShort ? verdictShortWords(verdict) : verdictWords(verdict, minutesNeeded)}
    </Chip>
  );
}
