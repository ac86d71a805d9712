import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartError } from "./start-error.ts";

export interface StateLock {
  release(): void;
}

/**
 * Makes the directory if missing and takes it for this process alone: two services on one state would run each other's
 * jobs. The lock is SQLite's on a file, so the operating system's: whatever ends this process releases it. A file with a
 * process id would outlive a `kill -9`, and after a restart of the machine the id may be another program's.
 * @throws StartError where another process has it, or the directory can't be written.
 */
export function lockState(directory: string): StateLock {
  let file: DatabaseSync | undefined;
  try {
    mkdirSync(directory, { recursive: true });
    file = new DatabaseSync(join(directory, "lock.db"), { timeout: 0 });
    file.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    file?.close();
    throw new StartError(reasonOf(error, directory), { cause: error });
  }
  const held = file;
  return { release: () => held.close() };
}

function reasonOf(error: unknown, directory: string): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!/locked/.test(message)) return `The state directory ${directory} can't be used: ${message}`;
  return `Another run uses the state directory ${directory}. End that one, or choose another: npm start -- --state DIR`;
}
