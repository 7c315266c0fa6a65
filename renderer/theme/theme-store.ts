import { create } from 'zustand';
import {
  parseThemeChoice,
  resolveTheme,
  type SystemWishes,
  type ThemeChoice,
  type ThemeName,
} from './theme-choice.ts';

const KEY = 'fusebox.theme';

function systemWishes(): SystemWishes {
  return {
    prefersLight: globalThis.matchMedia?.('(prefers-color-scheme: light)').matches ?? false,
    prefersContrast: globalThis.matchMedia?.('(prefers-contrast: more)').matches ?? false,
  };
}

type ThemeStore = {
  readonly choice: ThemeChoice | null;
  readonly theme: ThemeName;
  choose(choice: ThemeChoice): void;
  follow(): void;
};

const stored = parseThemeChoice(globalThis.localStorage?.getItem(KEY) ?? null);

/** The chosen theme and the one on screen. `follow()` re-reads the system's wishes. */
export const useTheme = create<ThemeStore>()((set, get) => ({
  choice: stored,
  theme: resolveTheme(stored, systemWishes()),
  choose: (choice) => {
    localStorage.setItem(KEY, choice);
    set({ choice, theme: resolveTheme(choice, systemWishes()) });
  },
  follow: () => set({ theme: resolveTheme(get().choice, systemWishes()) }),
}));

/** Puts the theme on <html> and keeps it in step with the person's choice and the system. */
export function startTheme(root: HTMLElement): void {
  const show = (theme: ThemeName) => {
    root.dataset['fbTheme'] = theme;
  };
  show(useTheme.getState().theme);
  useTheme.subscribe((state) => show(state.theme));
  for (const query of ['(prefers-color-scheme: light)', '(prefers-contrast: more)']) {
    globalThis.matchMedia(query).addEventListener('change', () => useTheme.getState().follow());
  }
}
