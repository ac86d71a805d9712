/** The service can't start, for a reason that a person can mend: its message is all that is printed. */
export class StartError extends Error {
  override readonly name = "StartError";
}
