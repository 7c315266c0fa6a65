import type { SpanRow } from './rows.ts';
import type { StoreRow } from './store.ts';

/** The newest of each prompt and the SHA of each version, in memory: asked with every refresh of every screen. */
export type Sightings = {
  /** Newest event time of the prompt, or of any; null = never. */
  dataUpToMs(prompt: string | null): Promise<number | null>;
  shaOf(prompt: string, version: string): Promise<string | null>;
  note(spans: readonly SpanRow[]): void;
};

type PromptSightings = { dataUpToMs: number; shas: Map<string, { sha: string; atMs: number }> };

export function createSightings(read: (sql: string) => Promise<StoreRow[]>): Sightings {
  const prompts = new Map<string, PromptSightings>();

  function noteOne(
    prompt: string,
    version: string,
    sha: string | null,
    startMs: number,
    endMs: number,
  ): void {
    let seen = prompts.get(prompt);
    if (!seen) {
      seen = { dataUpToMs: 0, shas: new Map() };
      prompts.set(prompt, seen);
    }
    seen.dataUpToMs = Math.max(seen.dataUpToMs, endMs);
    const known = seen.shas.get(version);
    if (sha !== null && (!known || startMs >= known.atMs)) seen.shas.set(version, { sha, atMs: startMs });
  }

  // What earlier runs stored, read once and only when someone asks: it must not delay the start.
  let loading: Promise<void> | null = null;
  const load = () => {
    loading ??= read(`
      SELECT prompt, version, arg_max(sha, start_ms) AS sha, max(start_ms)::DOUBLE AS start_ms, max(end_ms)::DOUBLE AS end_ms
      FROM conversations GROUP BY prompt, version`).then(
      (rows) => {
        for (const row of rows) {
          const sha = row.sha === null ? null : String(row.sha);
          noteOne(String(row.prompt), String(row.version), sha, Number(row.start_ms), Number(row.end_ms));
        }
      },
      (error: unknown) => {
        loading = null;
        throw error;
      },
    );
    return loading;
  };

  return {
    async dataUpToMs(prompt) {
      await load();
      if (prompt !== null) return prompts.get(prompt)?.dataUpToMs ?? null;
      let newestMs: number | null = null;
      for (const { dataUpToMs } of prompts.values()) newestMs = Math.max(newestMs ?? 0, dataUpToMs);
      return newestMs;
    },
    async shaOf(prompt, version) {
      await load();
      return prompts.get(prompt)?.shas.get(version)?.sha ?? null;
    },
    note(spans) {
      for (const row of spans) noteOne(row.prompt, row.version, row.sha, row.startMs, row.endMs);
    },
  };
}
