/**
 * What a handler throws to say how its attempt ended. Anything else that it throws counts as transient: the job is
 * tried again with backoff until its attempts are spent. Messages are the adapter's own words, without personal
 * data: they are stored in the ledger and stand on dead letters.
 */

/** Trying again can't help (a bad address, a rejected document): the job fails at once. */
export class PermanentError extends Error {
  override readonly name = "PermanentError";
}

/** The service said when to come back (throttled): spends no attempt, waits `seconds`. */
export class RetryAfterError extends Error {
  override readonly name = "RetryAfterError";
  readonly seconds: number;

  constructor(message: string, seconds: number, options?: ErrorOptions) {
    super(message, options);
    this.seconds = seconds;
  }
}

/**
 * The effect may have happened (a timeout or reset after the request was sent). A job whose effect must happen once
 * keeps its lease, and the rule of its definition decides; any other job is simply tried again.
 */
export class UnknownOutcomeError extends Error {
  override readonly name = "UnknownOutcomeError";
}
