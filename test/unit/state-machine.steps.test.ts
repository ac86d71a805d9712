import { describe, expect, test } from "@jest/globals";
import {
  canBecome,
  flowStatus,
  isFinal,
  type JobStatus,
  jobStatuses,
} from "../../shared/flow/state-machine.ts";

/** Of DESIGN.md, written out: what each state may become. */
const steps: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  queued: ["running", "succeeded", "retrying", "held", "failed"],
  retrying: ["running", "succeeded", "retrying", "held", "failed"],
  held: ["running", "succeeded", "retrying", "held", "failed"],
  running: ["running", "succeeded", "retrying", "held", "failed"],
  succeeded: [],
  failed: ["queued"],
};

describe.each(jobStatuses)("a %s job", (from) => {
  test.each(jobStatuses)(`may become %s only where the drawing has an arrow`, (to) => {
    expect(canBecome(from, to)).toBe(steps[from].includes(to));
  });

  test("is final exactly where only a redrive moves it on", () => {
    expect(isFinal(from)).toBe(!steps[from].some((to) => to !== "queued"));
  });
});

test.each<[string, JobStatus[], string]>([
  ["runs while any job is open", ["succeeded", "failed", "held"], "running"],
  ["runs while any job is open, whichever comes first", ["queued", "failed"], "running"],
  ["has failed where any job has, once all ended", ["succeeded", "failed", "succeeded"], "failed"],
  ["has succeeded where all jobs have", ["succeeded", "succeeded"], "succeeded"],
])("a flow %s", (_, statuses, status) => {
  expect(flowStatus(statuses.map((each) => ({ status: each })))).toBe(status);
});
