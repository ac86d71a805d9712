import { PassThrough } from "node:stream";
import { expect, test } from "@jest/globals";
import { createProgress } from "../../infra/operator/progress.ts";

function shown(isTTY: boolean, count: number): string {
  const stream = Object.assign(new PassThrough(), { isTTY, cursorTo: () => true, clearLine: () => true });
  const progress = createProgress(stream);
  progress.found(count);
  for (let step = 0; step < count; step++) progress.step();
  progress.stop();
  return String(stream.read() ?? "");
}

test("a long redrive has a bar on a terminal", () => {
  expect(shown(true, 40)).toContain("of 40 letters");
});

test.each([
  ["a short one has none", true, 19],
  ["a file or a program gets none", false, 40],
])("%s", (_, isTTY, count) => {
  expect(shown(isTTY, count)).toBe("");
});
