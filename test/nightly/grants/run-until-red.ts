import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Place } from "../../acceptance/place.ts";
import { spawnSuite } from "../../acceptance/spawn-suite.ts";
import type { Emulator } from "./emulator.ts";

/** A part of the acceptance suite. */
export interface SuitePart {
  /** Parts of the paths of its files. */
  readonly files: readonly string[];
  /** Part of the names of its tests. Default all. */
  readonly test?: string | undefined;
  /** How long one test may take. */
  readonly patienceSeconds: number;
}

/** How the run of a part ended. */
export interface SuiteEnd {
  /** What made it red: that a function was refused something, or the first test that failed. Undefined where it is green. */
  readonly red: string | undefined;
  /** All that there is to read about it. */
  readonly details: string;
}

const pollMs = 500;

/**
 * Runs a part of the suite until it ends, or until a function is refused something: that alone makes the suite red, but
 * some of it minutes later.
 * @throws Error where the signal ends it.
 */
export async function runUntilRed(
  place: Place,
  emulator: Emulator,
  { files, test, patienceSeconds }: SuitePart,
  signal: AbortSignal,
): Promise<SuiteEnd> {
  // Lines have their own times, so a function that still works on something of the round before isn't heard.
  const since = Date.now();
  const args = ["--bail", ...files, ...(test === undefined ? [] : ["--testNamePattern", test])];
  const suite = { target: "ministack", place, patienceSeconds, args, signal } as const;
  const child = spawnSuite({ ...suite, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += chunk));
  const ended = once(child, "close").then(([status]) => {
    signal.throwIfAborted();
    const red = status === 0 ? undefined : (/● (.*)/.exec(output)?.[1] ?? `exit code ${status}`);
    return { red, details: output };
  });
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  try {
    return (await Promise.race([ended, untilRefused(emulator, since, isRunning)])) ?? (await ended);
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

/** Undefined where nothing was refused as long as the suite ran. */
async function untilRefused(
  { refusals }: Emulator,
  since: number,
  isRunning: () => boolean,
): Promise<SuiteEnd | undefined> {
  while (isRunning()) {
    const lines = await refusals(since);
    if (lines.length > 0) return { red: whatWasRefused(lines), details: lines.join("\n") };
    await pause(pollMs);
  }
  return undefined;
}

/** Of errors in a job's own work, and in a request, the log has the name alone. */
function whatWasRefused(lines: readonly string[]): string {
  const action = /not authorized to perform: ([\w:]+)/.exec(lines.join("\n"))?.[1];
  return action === undefined ? "access denied" : `refused ${action}`;
}
