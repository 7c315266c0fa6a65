/** The call was not sent: there was no live connection. Nothing happened. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
}

/** Sent, and no answer: whether it was applied is not known until the record or the provider is read. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly why: 'timeout' | 'lost';
  constructor(why: 'timeout' | 'lost', message: string) {
    super(message);
    this.why = why;
  }
}

/** This page shows the world of a drill, and no drill is under way. */
export class DrillOverError extends Error {
  override readonly name = 'DrillOverError';
}

/** The host refuses this page; only a person can help. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}
