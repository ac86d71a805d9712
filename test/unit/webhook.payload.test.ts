import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { FlowView, JobView } from "../../shared/flow/flow-view.ts";
import { deliveryView } from "../../shared/webhook/delivery-view.ts";
import { payloadOf } from "../../shared/webhook/payload.ts";
import { type DeliveryItem, deliveryId, endpointLine } from "../../shared/webhook/records.ts";
import { start } from "../support/builders.ts";

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();

function view(jobs: readonly Partial<JobView>[]): FlowView {
  return {
    ...{ id: "f", name: "sign-up", status: "failed", version: 3, createdAt: iso(start) },
    jobs: jobs.map((job, index) => ({ id: `f.${index}`, job: "mail", status: "succeeded", ...job })),
  };
}

test("a payload says what has ended, when the last job did, and what the status shows", () => {
  const flow = view([
    { finishedAt: iso(start + 2000) },
    { finishedAt: iso(start + 9000), status: "failed", error: "no such mailbox" },
  ]);
  expect(JSON.parse(payloadOf(flow))).toEqual({
    type: "flow.failed",
    timestamp: iso(start + 9000),
    data: flow,
  });
});

test("however many jobs a flow has, its payload stays below 20 KB, and has those that failed", () => {
  const job = fc.record({
    status: fc.constantFrom("succeeded" as const, "failed" as const),
    error: fc.string({ unit: "grapheme", maxLength: 200 }),
    finishedAt: fc.nat().map((after) => iso(start + after)),
  });
  fc.assert(
    fc.property(fc.array(job, { maxLength: 300, size: "max" }), (jobs) => {
      const text = payloadOf(view(jobs));
      expect(Buffer.byteLength(text)).toBeLessThan(20_000);
      const { data } = JSON.parse(text) as { data: { jobs: JobView[]; jobsOmitted?: number } };
      expect(data.jobs.length + (data.jobsOmitted ?? 0)).toBe(jobs.length);
      const failed = jobs.filter(({ status }) => status === "failed").length;
      const shown = data.jobs.filter(({ status }) => status === "failed").length;
      expect(shown === failed || shown === data.jobs.length).toBe(true);
    }),
    { numRuns: 200 },
  );
});

const url = "https://hooks.example.com/s3cr3t?key=s3cr3t";
const item: DeliveryItem = {
  ...{
    kind: "delivery",
    id: deliveryId("f.0", endpointLine(url)),
    notification: "f.0",
    flow: "f",
    epoch: 0,
    url,
  },
  ...{ state: "waiting", attempts: 2, createdAt: start, expires: 1 },
};

test("a delivery is shown with its receiver's origin alone, and what is known of it", () => {
  const tried = { attemptedAt: start, status: 500, reason: "HTTP 500", due: start + 300_000 };
  expect(deliveryView(url, undefined)).toEqual({
    origin: "https://hooks.example.com",
    state: "waiting",
    attempts: 0,
  });
  expect(deliveryView(url, { ...item, ...tried })).toEqual({
    origin: "https://hooks.example.com",
    state: "waiting",
    attempts: 2,
    lastAttemptAt: iso(start),
    lastStatus: 500,
    nextAttemptAt: iso(start + 300_000),
    reason: "HTTP 500",
  });
});

test("what is parked waits; behind an endpoint that is down nobody knows until when", () => {
  const parked = { ...item, state: "parked", due: start + 1000, slot: 3 } as const;
  expect(deliveryView(url, parked)).toMatchObject({ state: "waiting", nextAttemptAt: iso(start + 1000) });
  expect(deliveryView(url, { ...parked, held: true })).not.toHaveProperty("nextAttemptAt");
  expect(deliveryView(url, { ...parked, state: "failed" })).not.toHaveProperty("nextAttemptAt");
});
