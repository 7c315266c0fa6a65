const TICK_MS = 1_000;

/** One timer for every age and clock on screen; it runs only while something listens. */
export function createTicker(read: () => number): {
  readonly subscribe: (listener: () => void) => () => void;
  readonly value: () => number;
} {
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | null = null;
  let value = read();

  const tick = () => {
    value = read();
    for (const listener of listeners) listener();
  };

  return {
    subscribe: (listener) => {
      if (listeners.size === 0) {
        value = read();
        timer = setInterval(tick, TICK_MS);
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && timer !== null) {
          clearInterval(timer);
          timer = null;
        }
      };
    },
    value: () => value,
  };
}
