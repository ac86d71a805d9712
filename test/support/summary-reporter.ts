import { appendFileSync } from "node:fs";
import type { AggregatedResult, Reporter } from "@jest/reporters";

/** A run that has ended but whose process hasn't is ended after this long. */
const EXIT_GRACE_MS = 3000;

/**
 * Ends a run with `N passed, N failed` (and `, N skipped` if any), alone on the last line. Where ERRAND_TEST_COUNTS names a
 * file, the counts are appended to that instead: `.ci/run` adds up several runs and prints one line for all.
 * A test file that couldn't run, or that left something open, counts as one failure.
 */
export default class SummaryReporter implements Pick<Reporter, "onRunComplete"> {
  onRunComplete(_contexts: unknown, results: AggregatedResult): void {
    const passed = results.numPassedTests;
    const failed =
      results.numFailedTests + results.numRuntimeErrorTestSuites + (results.runExecError ? 1 : 0);
    const skipped = results.numPendingTests + results.numTodoTests;
    for (const test of results.testResults.flatMap((file) => file.testResults)) {
      if (test.status === "pending" || test.status === "todo")
        process.stdout.write(`skipped: ${test.fullName}\n`);
    }
    const countsFile = process.env["ERRAND_TEST_COUNTS"];
    if (countsFile) appendFileSync(countsFile, `${passed} ${failed} ${skipped}\n`);
    else
      process.stdout.write(
        `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
      );
    exitEvenIfSomethingLeaked();
  }
}

/** Never a hang, whatever the leak check didn't see. Where nothing leaked, this timer doesn't keep the process alive. */
function exitEvenIfSomethingLeaked(): void {
  setTimeout(() => {
    process.stderr.write(`Still active after the tests: ${process.getActiveResourcesInfo().join(", ")}\n`);
    process.exit(1);
  }, EXIT_GRACE_MS).unref();
}
