import { type FaultName, faultNames } from "./faults.ts";

/** The command that runs a world again. */
export function replayOf({
  seed,
  switches,
}: {
  readonly seed: number;
  readonly switches: readonly FaultName[];
}): string {
  const faults = switches.length === faultNames.length ? "" : ` --faults ${switches.join(",") || "none"}`;
  return `npm run simulate -- --seed ${seed}${faults}`;
}

/** What went wrong in a world, and before it how that is run again: also in the stack, which may be all that is printed. */
export function crashed(error: unknown, replay: string): Error {
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  const marked = new Error(`${message} (replay: ${replay})`, { cause: error });
  marked.stack = `${marked.message}\n${stack}`;
  return marked;
}
