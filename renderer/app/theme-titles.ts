import type { ThemeChoice } from '#renderer/theme/theme-choice.ts';

export const THEME_TITLES: Record<ThemeChoice, string> = {
  system: 'As the system says',
  dark: 'Dark',
  light: 'Light',
  contrast: 'High contrast',
};
