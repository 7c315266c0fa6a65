import type { SavedTrial, TrialFiles } from './trial-file.ts';

/** Trial files in memory, as JSON like on disk: for tests, and for drills that need to survive nothing. */
export function createMemoryTrialFiles(): TrialFiles & { readonly saved: Map<string, string> } {
  const saved = new Map<string, string>();
  return {
    saved,
    load(promptId) {
      const text = saved.get(promptId);
      return Promise.resolve(text === undefined ? null : (JSON.parse(text) as SavedTrial));
    },
    save(promptId, trial) {
      saved.set(promptId, JSON.stringify(trial));
      return Promise.resolve();
    },
    setAside(promptId) {
      saved.delete(promptId);
      return Promise.resolve();
    },
  };
}
