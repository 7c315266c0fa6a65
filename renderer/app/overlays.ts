import { spotlight } from '@mantine/spotlight';
import { create } from 'zustand';

type Overlays = {
  readonly isKeyListOpen: boolean;
  readonly openPalette: () => void;
  readonly openKeys: () => void;
  readonly closeKeys: () => void;
};

/** What lies over the views: the palette and the list of keys. */
export const useOverlays = create<Overlays>()((set) => ({
  isKeyListOpen: false,
  openPalette: () => spotlight.open(),
  openKeys: () => set({ isKeyListOpen: true }),
  closeKeys: () => set({ isKeyListOpen: false }),
}));
