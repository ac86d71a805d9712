import { describe, expect, test } from "@jest/globals";
import { standardProfile } from "../../shared/catalog/queue-settings.ts";
import { type Gate, hasWork, mends } from "../../shared/dispatcher/mend.ts";
import type { FlowRecord, JobRecord } from "../../shared/flow/flow-record.ts";
import { type Changes, flowRecord, start } from "../support/builders.ts";

const minute = 60_000;
const hour = 60 * minute;
const visibility = 150_000;
const deadline = start + 11 * 24 * hour;

/** What a check finds for one job: `now` and the turn before are counted from the flow's creation. */
function found(
  job: Changes<JobRecord>,
  {
    now,
    armedAt = now - 15 * minute,
    starts = false,
    gate = { shut: false, closedAt: 0 },
  }: { now: number; armedAt?: number; starts?: boolean; gate?: Gate },
) {
  const turn = {
    now: start + now,
    armedAt: start + armedAt,
    start: starts,
    visibilityOf: () => visibility,
    gateOf: () => gate,
    profile: standardProfile,
  };
  return mends(flowRecord({ mail: job }), turn).map((mend) =>
    mend.kind === "send" ? (mend.onlyIfEmpty ? "if empty" : "send") : mend.kind,
  );
}

describe("a check sends again", () => {
  const due = 2 * hour;
  const running = { status: "running", owner: "he", leaseEnd: start + due } as const;
  test.each<[string, Changes<JobRecord>, number]>([
    ["a queued job from its creation", {}, 0],
    ["a reopened job from then on", { due: start + due }, due],
    ["a retrying job from its due time", { status: "retrying", due: start + due }, due],
    ["a held job from its due time", { status: "held", due: start + due }, due],
  ])(
    "%s, only where its queue is empty, and whatever it holds after 1, 4, 16 and 64 h, once each",
    (_, job, from) => {
      if (from > 0) expect(found(job, { now: from - 1 })).toEqual([]);
      expect(found(job, { now: from, armedAt: from - minute })).toEqual(["if empty"]);
      for (const step of [1, 4, 16, 64].map((hours) => from + hours * hour)) {
        expect(found(job, { now: step - 1, armedAt: step - 15 * minute })).toEqual(["if empty"]);
        expect(found(job, { now: step, armedAt: step - 15 * minute })).toEqual(["send"]);
        expect(found(job, { now: step + 14 * minute, armedAt: step - minute })).toEqual(["send"]);
        expect(found(job, { now: step + 15 * minute, armedAt: step })).toEqual(["if empty"]);
      }
      expect(found(job, { now: from + 200 * hour, armedAt: from + 65 * hour })).toEqual(["if empty"]);
    },
  );

  test("a job whose breaker was open from the later of its due time and the closing", () => {
    const gate = { shut: false, closedAt: start + 5 * hour };
    for (const status of ["queued", "held", "retrying"] as const) {
      const job = { status, due: start + due };
      expect(found(job, { now: 5 * hour - 1, gate })).toEqual([]);
      expect(found(job, { now: 5 * hour, gate })).toEqual(["if empty"]);
      expect(found(job, { now: 6 * hour, gate })).toEqual(["send"]);
      expect(found({ status, due: start + 7 * hour }, { now: 6 * hour, gate })).toEqual([]);
    }
  });

  test("no job while its breaker is open, but one that was running, and what a start finds queued", () => {
    const gate = { shut: true, closedAt: 0 };
    expect(found({ status: "held", due: start }, { now: hour, gate })).toEqual([]);
    expect(found({}, { now: hour, gate })).toEqual([]);
    expect(found(running, { now: due + visibility, gate })).toEqual(["send"]);
    expect(found({}, { now: hour, starts: true, gate })).toEqual(["send"]);
  });

  test("a running job once its lease and a receive's visibility are over, and then at once", () => {
    const from = due + visibility;
    expect(found(running, { now: from - 1 })).toEqual([]);
    expect(found(running, { now: from, armedAt: from - minute })).toEqual(["send"]);
    expect(found(running, { now: from + minute, armedAt: from })).toEqual(["if empty"]);
    expect(found(running, { now: from + hour, armedAt: from + hour - 1 })).toEqual(["send"]);
    expect(found(running, { now: from + 4 * hour, armedAt: from + 4 * hour })).toEqual(["if empty"]);
  });

  test("what two steps passed in one long gap just once", () => {
    expect(found({}, { now: 20 * hour, armedAt: 30 * minute })).toEqual(["send"]);
  });
});

describe("a start sends", () => {
  test.each<[string, Changes<JobRecord>, string[]]>([
    ["every job that is queued, at once", {}, ["send"]],
    ["one that is reopened but not due", { due: start + hour }, ["send"]],
    [
      "a retrying job that is due only where its queue is empty",
      { status: "retrying", due: start },
      ["if empty"],
    ],
    ["no retrying job before its time", { status: "retrying", due: start + hour }, []],
    ["no running job", { status: "running", owner: "he", leaseEnd: start + hour }, []],
    ["no job that has ended", { status: "succeeded" }, []],
  ])("%s", (_, job, mended) => {
    expect(found(job, { now: 1, armedAt: 1, starts: true })).toEqual(mended);
  });
});

describe("past the deadline", () => {
  const late = deadline - start + 15 * minute;
  test.each<Changes<JobRecord>>([
    {},
    { status: "retrying", due: start },
    { status: "held", due: start },
    { status: "running", owner: "he", leaseEnd: start },
  ])("by 15 min an open job is closed, and not before: %j", (job) => {
    expect(found(job, { now: late + 1 })).toEqual(["close"]);
    expect(found(job, { now: late + 1, starts: true })).toEqual(["close"]);
    expect(found(job, { now: late })).not.toEqual(["close"]);
  });

  test("a job that ended isn't", () => {
    expect(found({ status: "succeeded" }, { now: late + 1 })).toEqual([]);
  });
});

describe("a job that ended", () => {
  test("by a check is paid again for an hour, in time and past the deadline, and then no more", () => {
    const endedAt = (after: number) =>
      ({ status: "failed", by: "check:nonce", finishedAt: start + after }) as const;
    expect(found(endedAt(0), { now: hour - 1 })).toEqual(["repay"]);
    expect(found(endedAt(0), { now: 1, starts: true })).toEqual(["repay"]);
    expect(found(endedAt(1000 * 24 * hour), { now: 1000 * 24 * hour })).toEqual(["repay"]);
    expect(found(endedAt(0), { now: hour })).toEqual([]);
  });

  test("by its own message isn't", () => {
    expect(found({ status: "failed", by: "nonce" }, { now: hour })).toEqual([]);
    expect(found({ status: "failed" }, { now: hour })).toEqual([]);
  });

  test("a job that a check once sent back to waiting owes nothing", () => {
    expect(found({ status: "queued", by: "check:nonce", due: start + hour }, { now: 1 })).toEqual([]);
  });
});

test.each<[string, FlowRecord, boolean]>([
  ["of an open flow", flowRecord({ mail: {} }), true],
  ["of a finished flow", flowRecord({ mail: { status: "failed", by: "nonce" } }), false],
  [
    "of a finished flow that a check closed",
    flowRecord({ mail: { status: "failed", by: "check:nonce" } }),
    true,
  ],
])("a turn %s has work or not", (_, flow, work) => {
  expect(hasWork(flow)).toBe(work);
});
