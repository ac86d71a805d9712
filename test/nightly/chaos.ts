import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Part } from "./part.ts";

/** Ten times as many as in CI. */
const kills = 50;

interface JestResults {
  readonly testResults: readonly {
    readonly name: string;
    /** Why the file couldn't run, or what it left behind. */
    readonly message: string;
    readonly status: "passed" | "failed";
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Whether the service bears what happens to it: the chaos suite, with many kills and a fresh seed. */
export const chaos: Part = async (report, signal) => {
  const directory = mkdtempSync(join(tmpdir(), "errand-nightly-"));
  try {
    const { testResults } = await runSuite(join(directory, "results.json"), signal);
    for (const { name, status, message, assertionResults } of testResults) {
      const failures = assertionResults.filter((test) => test.status === "failed");
      for (const test of assertionResults) {
        if (test.status === "passed") report.passed(test.fullName);
      }
      for (const test of failures) report.failed(`${test.fullName}\n${test.failureMessages.join("\n")}`);
      if (status === "failed" && failures.length === 0) report.failed(`${name}\n${message}`);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
};

/** @throws Error where the signal ends it, or jest couldn't be run. */
async function runSuite(resultsFile: string, signal: AbortSignal): Promise<JestResults> {
  const jest = [
    ...["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"],
    ...["node_modules/jest/bin/jest.js", "--json", `--outputFile=${resultsFile}`],
  ];
  const child = spawn(process.execPath, jest, {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ERRAND_CHAOS: "1", ERRAND_KILLS: `${kills}` },
    signal,
  });
  await once(child, "close");
  return JSON.parse(readFileSync(resultsFile, "utf8")) as JestResults;
}
