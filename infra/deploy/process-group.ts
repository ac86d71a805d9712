import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** A program and whatever it starts. */
export interface ProcessGroup {
  /** How the program ended, or why it didn't start. */
  readonly ended: Promise<string>;
  /** SIGTERM, and SIGKILL to whatever is left after the grace. */
  end(graceMs: number): Promise<void>;
}

/**
 * Starts a program with this environment and no other; what it prints goes to the log. It is a group of its own, so that it
 * ends with all that it starts, and a Ctrl-C at the terminal reaches it by `end` alone.
 */
export function startGroup(
  program: string,
  logFile: string,
  env: Readonly<Record<string, string | undefined>>,
): ProcessGroup {
  const log = openSync(logFile, "w");
  const child = spawn(program, [], { env, stdio: ["ignore", log, log], detached: true });
  closeSync(log);
  const ended = once(child, "exit").then(
    ([status, signal]) => `exit code ${status ?? signal}`,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  return {
    ended,
    async end(graceMs) {
      if (child.pid === undefined) return;
      signalGroup(child.pid, "SIGTERM");
      await Promise.race([ended, pause(graceMs, undefined, { ref: false })]);
      signalGroup(child.pid, "SIGKILL");
      await ended;
    },
  };
}

function signalGroup(id: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-id, signal);
  } catch (error) {
    // Nobody is left of the group.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
