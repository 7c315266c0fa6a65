import {
  IconAlertTriangleFilled,
  IconCircleCheck,
  IconCircleMinus,
  IconEyeOff,
  IconHelpCircle,
  IconHistory,
  IconPlayerPause,
  IconSquareRotatedFilled,
  IconTrendingDown,
} from '@tabler/icons-react';
import { Chip, type ChipTone } from '../chip.tsx';
import { standingMeaning, standingShortWords, standingWords, type Standing } from './standing.ts';
import './standing-chip.css';

const SIZE = 11;
const LOOKS: Record<Standing['kind'], { readonly tone: ChipTone; readonly icon: React.ReactNode }> = {
  page: { tone: 'danger', icon: <IconAlertTriangleFilled size={SIZE} /> },
  watch: { tone: 'warn', icon: <IconSquareRotatedFilled size={SIZE} /> },
  early: { tone: 'plain', icon: <IconTrendingDown size={SIZE} /> },
  none: { tone: 'plain', icon: <IconCircleCheck size={SIZE} /> },
  'as-before': { tone: 'plain', icon: <IconHistory size={SIZE} /> },
  blind: { tone: 'unknown', icon: <IconEyeOff size={SIZE} /> },
  frozen: { tone: 'unknown', icon: <IconPlayerPause size={SIZE} /> },
  stopped: { tone: 'plain', icon: <IconCircleMinus size={SIZE} /> },
  alone: { tone: 'plain', icon: <IconCircleMinus size={SIZE} /> },
  unknown: { tone: 'unknown', icon: <IconHelpCircle size={SIZE} /> },
};

export type StandingChipProps = {
  readonly standing: Standing;
  readonly isShort?: boolean;
  /** In front of the standing's own meaning, on hover. */
  readonly note?: string;
  /** Opens how this is decided; its key is named on hover. */
  readonly onExplain: () => void;
  /** Inside a table that is walked by arrow keys: the key does it there, the chip is no further stop. */
  readonly isOutOfTabOrder?: boolean;
};

/** How a signal stands: shape, tone and words; pressed, it says how that is decided. */
export function StandingChip(props: StandingChipProps) {
  const { standing, isShort = false, note, onExplain, isOutOfTabOrder = false } = props;
  const { tone, icon } = LOOKS[standing.kind];
  const words = isShort ? standingShortWords(standing) : standingWords(standing);
  const isQuiet = isShort && standing.kind !== 'page' && standing.kind !== 'watch';
  return (
    <button
      type="button"
      className="fb-standing"
      tabIndex={isOutOfTabOrder ? -1 : undefined}
      title={[note, standingMeaning(standing), 'Key W: how this is decided.'].filter(Boolean).join('\n')}
      onClick={(event) => {
        // In a row of a table the row would open instead.
        event.stopPropagation();
        onExplain();
      }}
    >
      <Chip tone={tone} icon={icon} isQuiet={isQuiet}>
        {words}
      </Chip>
      <span className="fb-hidden">: how this is decided</span>
    </button>
  );
}
