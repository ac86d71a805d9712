import { describe, expect, test } from "@jest/globals";
import type { JobRecord } from "../../shared/flow/flow-record.ts";
import { reopenJob } from "../../shared/redrive/reopen-job.ts";
import { type Changes, flowId, flowRecord, received, runAddress, start } from "../support/builders.ts";
import { createEngine } from "../support/engine.ts";

const failed = { status: "failed", attempts: 5, error: "no" } as const;
const ended = { status: "succeeded", attempts: 1 } as const;
const job = { flow: flowId, key: "mail", run: 0 };

/** Reopens the mail of a flow that was read with its PDF in one state, and has it in another by the write. */
async function reopened(pdfAtRead: Changes<JobRecord>, pdfAtWrite = pdfAtRead, checkedAt = start) {
  const engine = createEngine();
  await engine.given(flowRecord({ mail: failed, pdf: pdfAtWrite }, { checkedAt }));
  const seen = flowRecord({ mail: failed, pdf: pdfAtRead }, { checkedAt });
  const flow = await reopenJob(engine.ports, received(runAddress), job, seen);
  expect(flow?.jobs["mail"]).toMatchObject({ status: "queued", run: 1, attempts: 0 });
  return engine.queue.sentTo("dispatch").length;
}

describe("a check is armed for a job that is opened again", () => {
  test("where its flow had ended: nobody looks at it any more", async () => {
    expect(await reopened(ended)).toBe(1);
  });

  test("not where other jobs are open: their check has all inputs, and must not lose its turn to one that hasn't", async () => {
    expect(await reopened({})).toBe(0);
  });

  test("where the others have ended between the read and the write: their check may have been dropped", async () => {
    expect(await reopened({}, ended)).toBe(1);
  });

  test("where other jobs are open, but their check is lost", async () => {
    expect(await reopened({}, {}, start - 3_600_001)).toBe(1);
  });
});
