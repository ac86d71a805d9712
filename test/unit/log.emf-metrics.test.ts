import { describe, expect, test } from "@jest/globals";
import { createBatchMetrics } from "../../shared/log/emf-metrics.ts";
import type { EngineEvent } from "../../shared/log/event.ts";
import { start } from "../support/builders.ts";
import { metricsOf, parseEmf } from "../support/emf-schema.ts";

function setUp() {
  const lines: string[] = [];
  const passedOn: EngineEvent[] = [];
  const metrics = createBatchMetrics({
    service: "errand",
    job: "mail",
    log: (event) => passedOn.push(event),
    clock: { now: () => start },
    writeLine: (line) => lines.push(line),
  });
  const tell = (event: EngineEvent["event"], rest: Partial<EngineEvent> = {}) =>
    metrics.log({ level: "info", event, ...rest });
  return { metrics, lines, passedOn, tell };
}

describe("a batch's metrics", () => {
  test("are one line as CloudWatch's format wants it, jobs by job and flows by service", () => {
    const { metrics, lines, tell } = setUp();
    for (const event of ["job.succeeded", "job.succeeded", "job.retrying", "job.failed"] as const)
      tell(event);
    tell("flow.finished", { status: "succeeded" });
    tell("flow.finished", { status: "failed" });
    metrics.write();
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain("\n");
    const document = parseEmf(lines[0] ?? "");
    expect(document._aws).toMatchObject({ Timestamp: start });
    expect(metricsOf(document)).toEqual({
      "Service=errand Job=mail": { Succeeded: 2, Retrying: 1, Failed: 1 },
      "Service=errand": { FlowsSucceeded: 1, FlowsFailed: 1 },
    });
  });

  test.each([
    ["job.outcome-unknown", "Service=errand Job=mail", "OutcomeUnknown"],
    ["flow.overdue", "Service=errand", "FlowsOverdue"],
    ["message.failed", "Service=errand", "MessagesFailed"],
    ["breaker.open", "Service=errand", "ServicesDown"],
  ] as const)("count %s", (event, dimensions, name) => {
    const { metrics, lines, tell } = setUp();
    tell(event);
    metrics.write();
    expect(metricsOf(parseEmf(lines[0] ?? ""))).toEqual({ [dimensions]: { [name]: 1 } });
  });

  test("tell the age of the oldest message that was given back", () => {
    const { metrics, lines } = setUp();
    metrics.write([{ sentAt: start - 90_400 }, { sentAt: start - 600_000 }, { sentAt: start + 5000 }]);
    metrics.write([{ sentAt: start + 5000 }]);
    const ages = lines.map((line) => metricsOf(parseEmf(line))["Service=errand Job=mail"]);
    expect(ages).toEqual([{ OldestSeconds: 600 }, { OldestSeconds: 0 }]);
  });

  test("begin anew with the next batch, and are no line where nothing was counted", () => {
    const { metrics, lines, tell } = setUp();
    tell("job.succeeded");
    metrics.write();
    tell("job.leased");
    metrics.write();
    tell("job.succeeded");
    metrics.write();
    expect(lines.map((line) => parseEmf(line)["Succeeded"])).toEqual([1, 1]);
  });

  test("take nothing from the log: every event is passed on", () => {
    const { passedOn, tell } = setUp();
    tell("job.leased");
    tell("job.failed", { job: "f.mail", reason: "no" });
    expect(passedOn).toEqual([
      { level: "info", event: "job.leased" },
      { level: "info", event: "job.failed", job: "f.mail", reason: "no" },
    ]);
  });
});

test.each([
  ["without dimensions", '{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"a","Metrics":[]}]}}'],
  [
    "with a metric that isn't there",
    '{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"a","Dimensions":[[]],"Metrics":[{"Name":"b"}]}]}}',
  ],
])("the check itself refuses a line %s", (_, line) => {
  expect(() => parseEmf(line)).toThrow();
});
