import { create } from 'zustand';
import { useActionStore } from './actions.ts';
import { matchKey } from './key-matching.ts';

const SEQUENCE_MS = 1_200;
const SINGLE_KEYS = 'fusebox.single-keys';

type KeySettings = { readonly singleKeysOn: boolean; readonly setSingleKeys: (isOn: boolean) => void };

/** Whether single-letter keys work; a setting of the person, kept. */
export const useKeySettings = create<KeySettings>()((set) => ({
  singleKeysOn: globalThis.localStorage?.getItem(SINGLE_KEYS) !== 'off',
  setSingleKeys: (isOn) => {
    localStorage.setItem(SINGLE_KEYS, isOn ? 'on' : 'off');
    set({ singleKeysOn: isOn });
  },
}));

export const IS_MAC = /Mac|iP(hone|ad)/.test(globalThis.navigator?.userAgent ?? '');

function isTypingIn(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest('input, textarea, select, [role="combobox"]') !== null)
  );
}

/** Listens to keys for the whole page. A dialog has the keyboard for itself while it is open. */
export function startKeyboard(page: Window): () => void {
  let typed = '';
  let timer: ReturnType<typeof setTimeout> | null = null;
  const forget = () => {
    typed = '';
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || event.repeat) return;
    if (page.document.querySelector('[role="dialog"]') !== null) return;
    const press = {
      key: event.key,
      ctrl: event.ctrlKey,
      meta: event.metaKey,
      alt: event.altKey,
      isTyping: isTypingIn(event.target),
    };
    const match = matchKey(
      press,
      typed,
      useActionStore.getState().actions.values(),
      useKeySettings.getState().singleKeysOn,
    );
    forget();
    if (match.kind === 'none') return;
    event.preventDefault();
    if (match.kind === 'run') {
      match.action.run();
      return;
    }
    typed = match.typed;
    timer = setTimeout(forget, SEQUENCE_MS);
  };
  page.addEventListener('keydown', onKeyDown);
  return () => page.removeEventListener('keydown', onKeyDown);
}
