/** What a person may choose; `system` follows what the operating system asks for. */
export const THEME_CHOICES = ['system', 'dark', 'light', 'contrast'] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

/** What is on screen. */
export type ThemeName = Exclude<ThemeChoice, 'system'>;

export type SystemWishes = { readonly prefersLight: boolean; readonly prefersContrast: boolean };

/**
 * The theme to show. Never chosen (null) means dark, unless the system asks for more contrast: a person who set that
 * needs it before any setting can be found.
 */
export function resolveTheme(choice: ThemeChoice | null, wishes: SystemWishes): ThemeName {
  if (choice === null) return wishes.prefersContrast ? 'contrast' : 'dark';
  if (choice !== 'system') return choice;
  if (wishes.prefersContrast) return 'contrast';
  return wishes.prefersLight ? 'light' : 'dark';
}

export function parseThemeChoice(stored: string | null): ThemeChoice | null {
  return THEME_CHOICES.find((choice) => choice === stored) ?? null;
}
