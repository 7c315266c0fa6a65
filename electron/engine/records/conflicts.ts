/** Who changed something, and when. */
export type Author = { readonly by: string; readonly atMs: number };

/** What another engine did first. */
export type Clash =
  | {
      /** The same thing of the same incident was changed: `path` names it. */
      readonly kind: 'changed';
      readonly path: string;
      readonly shown: string;
      readonly now: string;
      readonly author: Author | null;
    }
  /** The id of a new incident is taken. */
  | { readonly kind: 'taken' }
  /** The id of a new eval case is taken. */
  | { readonly kind: 'case-taken'; readonly caseId: string }
  /** The prompt of a new incident has an open one already. */
  | { readonly kind: 'open-already'; readonly incidentId: string };

/** Another engine was first; nothing of the batch was written. */
export class RecordConflictError extends Error {
  readonly incidentId: string;
  readonly clash: Clash;
  constructor(incidentId: string, clash: Clash) {
    super(`${incidentId} was changed by another engine`);
    this.name = 'RecordConflictError';
    this.incidentId = incidentId;
    this.clash = clash;
  }
}

/** Another engine has applied the command with this operation id; nothing of the batch was written. */
export class OperationDoneError extends Error {
  constructor(operationId: string) {
    super(`operation ${operationId} was applied by another engine`);
    this.name = 'OperationDoneError';
  }
}
