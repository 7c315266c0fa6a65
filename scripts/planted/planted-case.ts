/** Files of a tree: path from the root to text. */
export type Files = Readonly<Record<string, string>>;

/**
 * A violation on purpose. In the copy of the settings with `clean` in it the gate passes; with `planted` in it the
 * gate fails and names `rule`.
 */
export type PlantedCase = {
  /** Name of the gate in scripts/gates/all.ts. */
  readonly gate: string;
  /** What the report must name: a lint rule as the linter prints it, a compiler code, or the gate's own wording. */
  readonly rule: string;
  readonly planted: Files;
  readonly clean: Files;
};
