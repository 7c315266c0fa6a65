/** Lets one holder at a time through per key; the others wait their turn in order. */
export function createTurns() {
  const tails = new Map<string, Promise<void>>();

  return {
    /** Resolves with the function that gives the turn back; giving it back twice is harmless. */
    async take(key: string): Promise<() => void> {
      const before = tails.get(key) ?? Promise.resolve();
      const turn = Promise.withResolvers<void>();
      const tail = before.then(() => turn.promise);
      tails.set(key, tail);
      await before;
      return () => {
        turn.resolve();
        if (tails.get(key) === tail) tails.delete(key);
      };
    },
  };
}
