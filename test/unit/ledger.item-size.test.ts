import { marshall } from "@aws-sdk/util-dynamodb";
import { expect, test } from "@jest/globals";
import { systemEntropy } from "../../shared/clock/entropy.ts";
import type { FlowRecord, JobRecord } from "../../shared/flow/flow-record.ts";
import { randomId } from "../../shared/flow/ids.ts";
import { hashToken } from "../../shared/flow/token.ts";
import { shortNames } from "../../shared/ledger/dynamodb-names.ts";
import { type Changes, flowRecord, start } from "../support/builders.ts";
import { itemBytes } from "../support/table-item-size.ts";

const time = start + 12_345_678;
const id = () => randomId(systemEntropy);

function bytesOf(flow: FlowRecord): number {
  return itemBytes(marshall(shortNames.abbreviate(flow)));
}

test("the size rules count names, texts, numbers, lists and maps as AWS documents them", () => {
  expect(itemBytes(marshall({ id: "abc" }))).toBe(5);
  expect(itemBytes(marshall({ n: 1, m: 100, o: 12345, p: -7, q: true }))).toBe(5 + 2 + 2 + 4 + 3 + 1);
  expect(itemBytes(marshall({ l: ["ab", "ü"] }))).toBe(1 + 3 + 1 + 2 + 1 + 2);
  expect(itemBytes(marshall({ m: { k: "ab" } }))).toBe(1 + 3 + 1 + 1 + 2);
});

test("a usual flow of three jobs stays within one write unit in its largest usual state", () => {
  const succeeded = (result: string, left: number): Changes<JobRecord> => ({
    status: "succeeded",
    attempts: 1,
    by: id(),
    left,
    leftEpoch: 0,
    startedAt: time,
    finishedAt: time + 321,
    result,
  });
  const mailId = `<${id()}.send-welcome-email@mail.example.com>`;
  const flow = flowRecord(
    {
      "send-welcome-email": succeeded(JSON.stringify({ messageId: mailId }), 0),
      "create-profile": succeeded(`{"created":true}`, 1),
      "render-receipt": succeeded(`{"file":"receipt.pdf"}`, 2),
    },
    {
      ...usualFlow(),
      checkedAt: time,
      checkedBy: id(),
      ...{ version: 12, watchedUntil: time },
    },
  );
  expect(bytesOf(flow)).toBeLessThanOrEqual(1024);
});

test("a flow as large as can be stays far below the 400 KB of an item", () => {
  const worst = (index: number): readonly [string, Changes<JobRecord>] => [
    `${"k".repeat(36)}-${100 + index}`,
    {
      job: "j".repeat(40),
      status: "succeeded",
      run: 99,
      attempts: 100,
      due: time,
      owner: id(),
      leaseEnd: time,
      resent: true,
      by: `check:${id()}`,
      left: 299,
      leftEpoch: 99,
      startedAt: time,
      finishedAt: time,
      error: "x".repeat(200),
      result: "y".repeat(200),
    },
  ];
  const jobs = Object.fromEntries(Array.from({ length: 300 }, (_, index) => worst(index)));
  const tokens = Array.from({ length: 4 }, () => hashToken(id()));
  const flow = flowRecord(jobs, {
    ...usualFlow(),
    tokens,
    name: "n".repeat(40),
    checkedAt: time,
    checkedBy: id(),
    closingAt: time,
    closingBy: id(),
    ...{ version: 99_999, notify: "u".repeat(500), notifyDefaults: true, watchedUntil: time },
  });
  expect(Object.keys(flow.jobs)).toHaveLength(300);
  expect(bytesOf(flow)).toBeLessThanOrEqual(300 * 1024);
});

function usualFlow(): Changes<FlowRecord> {
  return {
    id: id(),
    bodyHash: hashToken("body"),
    recordedBy: id(),
    createdAt: time,
    deadline: time + 950_400_000,
    tokens: [hashToken("a"), hashToken("b")],
    tokenCount: 2,
  };
}
