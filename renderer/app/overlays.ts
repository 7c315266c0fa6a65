import { spotlight } from '@mantine/spotlight';
import { create } from 'zustand';
import type { StreamId } from '#shared/model/detection.ts';

/** The figure somebody asks about: how it came to be stands above the rule. */
export type RuleSubject = {
  readonly promptId: string;
  readonly signal: StreamId | null;
  readonly cohort: string;
};

type Overlays = {
  readonly isKeyListOpen: boolean;
  readonly isRuleOpen: boolean;
  /** Stays true: a dialog that goes away at once could not give the focus back. */
  readonly wasRuleOpened: boolean;
  readonly ruleSubject: RuleSubject | null;
  readonly openPalette: () => void;
  readonly openKeys: () => void;
  readonly closeKeys: () => void;
  /** How this is decided; null = the rule alone, about no figure in particular. */
  readonly openRule: (subject: RuleSubject | null) => void;
  readonly closeRule: () => void;
};

/** What lies over the views: the palette, the list of keys, and how it is decided who is worse. */
export const useOverlays = create<Overlays>()((set) => ({
  isKeyListOpen: false,
  isRuleOpen: false,
  wasRuleOpened: false,
  ruleSubject: null,
  openPalette: () => spotlight.open(),
  openKeys: () => set({ isKeyListOpen: true }),
  closeKeys: () => set({ isKeyListOpen: false }),
  openRule: (ruleSubject) => set({ isRuleOpen: true, wasRuleOpened: true, ruleSubject }),
  closeRule: () => set({ isRuleOpen: false }),
}));
