import { expect, test } from "@jest/globals";

test("forgets a timer", () => {
  expect(setInterval(() => {}, 60_000)).toBeDefined();
});
