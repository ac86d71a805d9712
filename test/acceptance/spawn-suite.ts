import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Place } from "./place.ts";
import type { TargetName } from "./targets.ts";

export interface SuiteRun {
  readonly target: TargetName;
  readonly place: Place;
  /** How long one test may take. */
  readonly patienceSeconds: number;
  /** jest's: parts of the paths of test files, and options. */
  readonly args: readonly string[];
  readonly stdio: StdioOptions;
  /** Ends it. Default nothing does. */
  readonly signal?: AbortSignal;
}

/** Runs the suite against a target that is there, in a process of its own: the environment says where. */
export function spawnSuite({ target, place, patienceSeconds, args, ...options }: SuiteRun): ChildProcess {
  const jest = [
    ...["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"],
    ...[
      "node_modules/jest/bin/jest.js",
      "--runInBand",
      "--verbose",
      `--testTimeout=${patienceSeconds * 1000}`,
    ],
  ];
  return spawn(process.execPath, [...jest, ...args], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    ...options,
    env: { ...place.environment, ERRAND_TARGET: target, ERRAND_URL: place.url },
  });
}
