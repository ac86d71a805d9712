import { afterEach, expect, jest, test } from "@jest/globals";
import { createEngine } from "../../functions/engine.ts";
import { readEnvironment } from "../../functions/environment.ts";

const variables = { LEDGER_TABLE: "ledger", PAYLOAD_BUCKET: "payloads", QUEUE_URLS: "{}" };

afterEach(() => {
  jest.restoreAllMocks();
});

test("a handler that can't be stopped ends its process, unless the process has other work", () => {
  const exit = jest.spyOn(process, "exit").mockReturnValue(undefined as never);
  createEngine(readEnvironment({ ...variables, ERRAND_ON_STUCK: "abandon" })).onStuck();
  expect(exit).not.toHaveBeenCalled();
  createEngine(readEnvironment(variables)).onStuck();
  expect(exit).toHaveBeenCalledWith(1);
});

test("another word for what ends it is refused with the two that there are", () => {
  const environment = readEnvironment({ ...variables, ERRAND_ON_STUCK: "ignore" });
  expect(() => createEngine(environment)).toThrow('ERRAND_ON_STUCK: exit or abandon, got "ignore"');
});
