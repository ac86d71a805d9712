import { spawnSync } from "node:child_process";
import { beforeAll, expect, test } from "@jest/globals";

const JEST = [
  "--experimental-vm-modules",
  "--disable-warning=ExperimentalWarning",
  "node_modules/jest/bin/jest.js",
];
const TIMEOUT_MS = 30_000;

let exitCode: number | null;
let printed: string;
let stderr: string;

/** The files in `test/support/leaks/`, run by a jest of their own. */
beforeAll(() => {
  const run = spawnSync(
    process.execPath,
    [...JEST, "--config=test/support/leaks/jest.config.js", "--runInBand"],
    {
      encoding: "utf8",
      timeout: TIMEOUT_MS,
      env: { ...process.env, ERRAND_TEST_COUNTS: "" },
    },
  );
  ({ status: exitCode, stdout: printed, stderr } = run);
}, TIMEOUT_MS);

test("a run with leaks ends by itself, and fails", () => {
  expect(exitCode).toBe(1);
});

test.each([
  ["server", /server.fixture.ts left open: a server on 127\.0\.0\.1:\d+/],
  ["socket", /socket.fixture.ts left open: a socket from port \d+ to \d+/],
  ["child process", /child-process.fixture.ts left open: child process \d+ \(.*node.*\)/],
  ["timer", /timer.fixture.ts left open: a timer set in .*timer\.fixture\.ts/],
])("a forgotten %s turns its test file red, by name", (_kind, message) => {
  expect(stderr).toMatch(message);
});

test("a file that closes what it opened in an afterAll stays green", () => {
  expect(stderr).toMatch(/PASS .*nothing\.fixture\.ts/);
});

test("the last line of the output has the counts, a leak being one failure", () => {
  expect(printed.trimEnd().split("\n").at(-1)).toBe("5 passed, 4 failed");
});
