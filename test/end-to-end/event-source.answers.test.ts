import { expect, test } from "@jest/globals";
import { failedIds } from "../../infra/local/batch-answer.ts";

const ids = ["a", "b", "c"];

test.each([
  ["nothing", undefined],
  ["null", null],
  ["an empty answer", {}],
  ["a null list", { batchItemFailures: null }],
  ["an empty list", { batchItemFailures: [] }],
])("%s is complete success", (_name, answer) => {
  expect(failedIds(answer, ids)).toEqual([]);
});

test.each([
  ["a text", "done"],
  ["no JSON", 1n],
  ["a list that is none", { batchItemFailures: "a" }],
  ["an unknown id", { batchItemFailures: [{ itemIdentifier: "a" }, { itemIdentifier: "z" }] }],
  ["an empty id", { batchItemFailures: [{ itemIdentifier: "" }] }],
  ["a null id", { batchItemFailures: [{ itemIdentifier: null }] }],
  ["another key", { batchItemFailures: [{ id: "a" }] }],
  ["a bare id", { batchItemFailures: ["a"] }],
])("%s is complete failure", (_name, answer) => {
  expect(failedIds(answer, ids)).toEqual(ids);
});

test("listed ids alone have failed", () => {
  const answer = {
    batchItemFailures: [{ itemIdentifier: "c" }, { itemIdentifier: "a" }, { itemIdentifier: "a" }],
  };
  expect(failedIds(answer, ids)).toEqual(["a", "c"]);
});
