/**
 * Resolves when one of the signals aborts, or when the function handed to `onWake` is called. Leaves no listener
 * behind on the others: a long-lived signal (a subscriber's, the hub's) is waited for many thousand times.
 */
export function anyAborted(
  signals: readonly AbortSignal[],
  onWake: (wake: () => void) => void = () => undefined,
): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const signal of signals) signal.removeEventListener('abort', done);
      resolve();
    };
    onWake(done);
    if (signals.some((signal) => signal.aborted)) {
      done();
      return;
    }
    for (const signal of signals) signal.addEventListener('abort', done, { once: true });
  });
}
