import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, record, string } from "valibot";

const fileOf = (stateDirectory: string) => join(stateDirectory, "run.json");

/**
 * Writes down where a run's stand-ins listen, for the operator's tool: the functions' variables, and the AWS SDK's. Only
 * for whoever runs it: nothing on those ports asks for a password.
 */
export function writeRunFile(
  stateDirectory: string,
  variables: Readonly<Record<string, string | undefined>>,
): { remove(): void } {
  const file = fileOf(stateDirectory);
  // A file that a killed run has left keeps its mode when it is written over.
  rmSync(file, { force: true });
  writeFileSync(file, `${JSON.stringify(variables, undefined, 2)}\n`, { mode: 0o600 });
  return { remove: () => rmSync(file, { force: true }) };
}

/** What the run of that directory wrote; undefined where there is none. A killed run leaves its file behind. */
export function readRunFile(stateDirectory: string): Readonly<Record<string, string>> | undefined {
  let text: string;
  try {
    text = readFileSync(fileOf(stateDirectory), "utf8");
  } catch {
    return undefined;
  }
  return parse(record(string(), string()), JSON.parse(text));
}
