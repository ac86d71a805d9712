import { type FaultName, faultNames, type LastingHours } from "./faults.ts";

/** The command that runs a world again. */
export function replayOf({
  seed,
  switches,
  hours = {},
}: {
  readonly seed: number;
  readonly switches: readonly FaultName[];
  readonly hours?: LastingHours;
}): string {
  const faults = switches.length === faultNames.length ? "" : ` --faults ${switches.join(",") || "none"}`;
  const lasting = Object.entries(hours).map(([name, given]) => `${name}=${given}`);
  return `npm run simulate -- --seed ${seed}${faults}${lasting.length > 0 ? ` --hours ${lasting.join(",")}` : ""}`;
}

/** What went wrong in a world, and before it how that is run again: also in the stack, which may be all that is printed. */
export function crashed(error: unknown, replay: string): Error {
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  const marked = new Error(`${message} (replay: ${replay})`, { cause: error });
  marked.stack = `${marked.message}\n${stack}`;
  return marked;
}
