import { useState } from 'react';

const PREFIX = 'fusebox.draft.';

function read(key: string): string {
  try {
    return localStorage.getItem(PREFIX + key) ?? '';
  } catch {
    // Storage can be switched off; a draft then lives as long as the page.
    return '';
  }
}

/** Text that survives a reload or a crash of the page until it was sent (set it to '' then). */
export function useDraft(key: string): readonly [string, (text: string) => void] {
  const [held, setHeld] = useState({ key, text: read(key) });
  const current = held.key === key ? held : { key, text: read(key) };
  if (current !== held) setHeld(current);
  const set = (text: string) => {
    setHeld({ key, text });
    try {
      if (text === '') localStorage.removeItem(PREFIX + key);
      else localStorage.setItem(PREFIX + key, text);
    } catch {
      // As above.
    }
  };
  return [current.text, set];
}
