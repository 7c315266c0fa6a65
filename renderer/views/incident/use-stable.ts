import { useState } from 'react';

/** The previous object for as long as the new one says the same (plain data, compared as JSON). */
export function useStable<T>(value: T): T {
  const [held, setHeld] = useState(value);
  if (held === value || JSON.stringify(held) === JSON.stringify(value)) return held;
  setHeld(value);
  return value;
}
