import './key-hint.css';

/**
 * The key of an action, beside its name. `keys` as a person says it: "R", "hold U", "Ctrl K", "G B".
 * Hidden from screen readers beside a control, whose name must stay its name; spoken in lists of keys.
 */
export function KeyHint({ keys, isSpoken = false }: { readonly keys: string; readonly isSpoken?: boolean }) {
  return (
    <kbd className="fb-key" aria-hidden={!isSpoken || undefined}>
      {keys}
    </kbd>
  );
}
