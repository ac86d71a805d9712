import { expect, test } from "@jest/globals";
import * as v from "valibot";
import { defineCatalog } from "../../shared/catalog/catalog.ts";
import { defineJob } from "../../shared/catalog/job.ts";
import { flowView } from "../../shared/flow/flow-view.ts";
import { flowId, flowRecord, start } from "../support/builders.ts";

const mail = defineJob({ name: "mail", input: v.object({}), publicResult: ["file", "pages"] });
const catalog = defineCatalog({ flows: [], jobs: [mail] });

test("a new flow shows its jobs, and no field that says nothing yet", () => {
  expect(flowView(flowRecord({ mail: {}, second: { job: "mail" } }), catalog)).toEqual({
    id: flowId,
    name: "sign-up",
    status: "running",
    version: 0,
    createdAt: "2026-01-01T00:00:00.000Z",
    jobs: [
      { id: `${flowId}.mail`, job: "mail", status: "queued" },
      { id: `${flowId}.second`, job: "mail", status: "queued" },
    ],
  });
});

test("a flow's version is the ledger's, and whom it tells is not shown", () => {
  const changes = { version: 7, notify: "https://example.com/", watchedUntil: start };
  const view = flowView(flowRecord({ mail: {} }, changes), catalog);
  expect(Object.keys(view)).toEqual(["id", "name", "status", "version", "createdAt", "jobs"]);
  expect(view.version).toBe(7);
});

test("a job shows what happened to it, and nothing of how it is kept", () => {
  const job = {
    status: "retrying",
    ...{ attempts: 2, due: start + 3000, startedAt: start + 1000, error: "busy" },
    ...{ owner: "owner", leaseEnd: start, by: "nonce", left: 1, leftEpoch: 0, resent: true, run: 3 },
  } as const;
  expect(flowView(flowRecord({ mail: job }), catalog).jobs).toEqual([
    {
      id: `${flowId}.mail`,
      job: "mail",
      status: "retrying",
      attempts: 2,
      startedAt: "2026-01-01T00:00:01.000Z",
      dueAt: "2026-01-01T00:00:03.000Z",
      error: "busy",
    },
  ]);
});

test.each([
  ["the public fields alone", `{"file":"a.pdf","pages":2,"created":false}`, { file: "a.pdf", pages: 2 }],
  ["nothing where no field is public", `{"created":false}`, undefined],
  ["nothing of an empty result", "{}", undefined],
])("a result shows %s", (_, result, visible) => {
  const [job] = flowView(flowRecord({ mail: { status: "succeeded", result } }), catalog).jobs;
  expect(job?.result).toEqual(visible);
});

test("a result of a job that the catalog no longer has shows nothing", () => {
  const [job] = flowView(flowRecord({ gone: { status: "succeeded", result: `{"file":"a"}` } }), catalog).jobs;
  expect(job).toEqual({ id: `${flowId}.gone`, job: "gone", status: "succeeded" });
});
