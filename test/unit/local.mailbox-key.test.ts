import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readMailboxKey } from "../../infra/local/mailbox-key.ts";
import { stateDirectory } from "../support/embedded.ts";

let states: readonly ReturnType<typeof stateDirectory>[];
beforeAll(() => {
  states = [stateDirectory(), stateDirectory()];
});
afterAll(() => {
  for (const { remove } of states) remove();
});

test("a state directory has one key of 256 bits for ever, another one has another, and nobody else may read it", () => {
  const [first, second] = states.map(({ path }) => readMailboxKey(path));
  expect(Buffer.from(first ?? "", "base64url")).toHaveLength(32);
  expect(states.map(({ path }) => readMailboxKey(path))).toEqual([first, second]);
  expect(first).not.toBe(second);
  for (const { path } of states) expect(statSync(join(path, "mailbox-key")).mode & 0o777).toBe(0o600);
});
