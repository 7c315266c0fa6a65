/** What one gate says about a tree. `note` is shown on success, `report` in full on failure. */
export type Verdict =
  | { readonly ok: true; readonly note?: string }
  | { readonly ok: false; readonly report: string };

/**
 * One question about the source tree. `root` is the folder that holds package.json: the project itself, or the copy
 * with a planted violation that proves that the gate can fail.
 */
export type Gate = {
  readonly name: string;
  readonly judge: (root: string) => Promise<Verdict>;
};

/** Turns a list of findings into a verdict. */
export function verdictOf(findings: readonly string[], note?: string): Verdict {
  if (findings.length > 0) return { ok: false, report: findings.join('\n') };
  return note === undefined ? { ok: true } : { ok: true, note };
}
