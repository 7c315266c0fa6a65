import type { Action } from './actions.ts';

export type KeyPress = {
  readonly key: string;
  readonly ctrl: boolean;
  readonly meta: boolean;
  readonly alt: boolean;
  /** The focus is where text is typed. */
  readonly isTyping: boolean;
};

export type KeyMatch =
  | { readonly kind: 'run'; readonly action: Action }
  /** The beginning of a sequence: the next key decides. */
  | { readonly kind: 'pending'; readonly typed: string }
  | { readonly kind: 'none' };

const NONE: KeyMatch = { kind: 'none' };

/**
 * What a key press means, given what was typed just before. Single keys and sequences can be switched off
 * (WCAG 2.1.4) and never work while text is typed; chords always do.
 */
export function matchKey(
  press: KeyPress,
  typed: string,
  actions: Iterable<Action>,
  singleKeysOn: boolean,
): KeyMatch {
  const all = [...actions].filter((action) => action.keys !== undefined);
  if (press.ctrl || press.meta) {
    const chord = all.find((action) => action.keys === `mod+${press.key.toLowerCase()}`);
    return chord === undefined || press.alt ? NONE : { kind: 'run', action: chord };
  }
  if (press.alt || press.isTyping || !singleKeysOn || press.key.length !== 1) return NONE;
  const sequence = typed === '' ? press.key.toLowerCase() : `${typed} ${press.key.toLowerCase()}`;
  const exact = all.find((action) => action.keys === sequence);
  if (exact !== undefined) return { kind: 'run', action: exact };
  if (all.some((action) => action.keys?.startsWith(`${sequence} `)))
    return { kind: 'pending', typed: sequence };
  // A sequence that leads nowhere does not swallow its last key.
  return typed === '' ? NONE : matchKey(press, '', all, singleKeysOn);
}

/** Keys as a person reads them: "g b" is "G B", "mod+k" is "Ctrl K" or "⌘ K". */
export function keyWords(keys: string, isMac: boolean): string {
  return keys
    .split(/[ +]/)
    .map((key) => (key === 'mod' ? (isMac ? '⌘' : 'Ctrl') : key.length === 1 ? key.toUpperCase() : key))
    .join(' ');
}
