import './key-hint.css';

/** The key of an action, beside its name. `keys` as a person says it: "R", "hold U", "Ctrl K", "G B". */
export function KeyHint({ keys }: { readonly keys: string }) {
  return <kbd className="fb-key">{keys}</kbd>;
}
