/** The idempotency key was used for another input. */
export class IdempotencyConflictError extends Error {
  override readonly name = "IdempotencyConflictError";
}

/** The flow was not accepted for certain. Repeating with `idempotencyKey` can't start it twice. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
  /** The id that the flow has, or will have. */
  readonly flow: string;
  readonly idempotencyKey: string;

  constructor(flow: string, idempotencyKey: string, cause: unknown) {
    super("the flow could not be accepted: repeat with the same idempotency key", { cause });
    this.flow = flow;
    this.idempotencyKey = idempotencyKey;
  }
}
