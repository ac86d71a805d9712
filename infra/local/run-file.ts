import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { array, type InferOutput, object, parse, record, string } from "valibot";

/** Where a run's stand-ins are, for the operator's tool. */
const runFile = object({
  /** The functions' variables, and the AWS SDK's. */
  variables: record(string(), string()),
  /** What its jobs use, by the names of their breakers. */
  dependencies: array(string()),
  /** The operator's endpoints, as lines: their paths may be as good as a password. */
  endpoints: array(string()),
});

export type RunFile = Readonly<InferOutput<typeof runFile>>;

const pathOf = (stateDirectory: string) => join(stateDirectory, "run.json");

/** Writes it down for whoever runs the service, and nobody else: nothing on those ports asks for a password. */
export function writeRunFile(stateDirectory: string, run: RunFile): { remove(): void } {
  const path = pathOf(stateDirectory);
  // A file that a killed run has left would keep its mode.
  rmSync(path, { force: true });
  writeFileSync(path, `${JSON.stringify(run, undefined, 2)}\n`, { mode: 0o600 });
  return { remove: () => rmSync(path, { force: true }) };
}

/** What the run of that directory wrote, one that was killed included; undefined where there is none. */
export function readRunFile(stateDirectory: string): RunFile | undefined {
  let text: string;
  try {
    text = readFileSync(pathOf(stateDirectory), "utf8");
  } catch {
    return undefined;
  }
  return parse(runFile, JSON.parse(text));
}
