/** It can't be done, for a reason that a person can mend: its message is all that is printed. */
export class OperatorError extends Error {
  override readonly name = "OperatorError";
}

/** It was asked for in words that mean nothing here. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
