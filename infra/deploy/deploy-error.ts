/** A deploy can't go on, for a reason that a person can mend: its message is all that is printed. */
export class DeployError extends Error {
  override readonly name = "DeployError";
}
