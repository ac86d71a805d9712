/**
 * What a handler throws to say how its attempt ended. Their messages are the adapter's own words, without personal data:
 * they are stored in the ledger, stand on dead letters, and whoever started the flow may read them.
 *
 * Of any other error only its name and code are kept, since its message may repeat an input. A job that may repeat is
 * then tried again with backoff; for a job whose effect must happen once the outcome is unknown, because an error that
 * nobody classified may have come after the effect.
 */

/** Nothing has happened (refused, deferred, out of reach): the job is tried again with backoff, also one with a once-effect. */
export class NotDoneError extends Error {
  override readonly name = "NotDoneError";
}

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

/** A limit of our own gave no turn: the service was not asked, so this says nothing of whether it is well. */
export class NoTurnError extends RetryAfterError {}

/**
 * The effect may have happened (a timeout or reset after the request was sent). A job whose effect must happen once
 * keeps its lease, and the rule of its definition decides; any other job is simply tried again.
 */
export class UnknownOutcomeError extends Error {
  override readonly name = "UnknownOutcomeError";
}

/**
 * A service that the job needs is down, for every job alike (refused, unresolvable, paused, over its quota), and nothing
 * has happened. Opens the breaker of `dependency`: this job and all others that use it are held without an attempt, one
 * of them probing once a minute, until one gets through. `dependency` is a name of the job's `uses`; any other counts as
 * the job's own.
 */
export class OutageError extends Error {
  override readonly name = "OutageError";
  readonly dependency: string;

  constructor(message: string, dependency: string, options?: ErrorOptions) {
    super(message, options);
    this.dependency = dependency;
  }
}
