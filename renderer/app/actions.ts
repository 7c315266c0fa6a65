import { useEffect, useRef } from 'react';
import { create } from 'zustand';

/** Something a person can do: by key, by palette, and by a control of its own. */
export type Action = {
  readonly id: string;
  /** As the palette and the key list say it. */
  readonly title: string;
  /** One key ("r", "?"), a sequence ("g b") or a chord ("mod+k"; mod = Ctrl, or Cmd on a Mac). */
  readonly keys?: string;
  readonly section?: string;
  readonly isEnabled?: boolean;
  readonly run: () => void;
};

type ActionStore = { readonly actions: ReadonlyMap<string, Action> };

/** The one registry: keyboard, palette and key list read it. */
export const useActionStore = create<ActionStore>()(() => ({ actions: new Map() }));

export function addAction(action: Action): () => void {
  useActionStore.setState(({ actions }) => ({ actions: new Map(actions).set(action.id, action) }));
  return () =>
    useActionStore.setState(({ actions }) => {
      if (actions.get(action.id) !== action) return {};
      const rest = new Map(actions);
      rest.delete(action.id);
      return { actions: rest };
    });
}

/** Offers an action while the component is on screen. `isEnabled: false` takes it out of keys and palette. */
export function useAction(action: Action): void {
  const run = useRef(action.run);
  const { id, title, keys, section, isEnabled = true } = action;
  useEffect(() => {
    run.current = action.run;
  });
  useEffect(() => {
    if (!isEnabled) return undefined;
    return addAction({ id, title, keys, section, run: () => run.current() });
  }, [id, title, keys, section, isEnabled]);
}
