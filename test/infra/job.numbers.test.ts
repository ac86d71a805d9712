import { describe, expect, test } from "@jest/globals";
import { Stack } from "aws-cdk-lib/core";
import { catalog } from "../../functions/catalog.ts";
import { JobQueue } from "../../infra/constructs/job-queue.ts";
import { defineJob, dispatcherLimits, dispatchQueue } from "../../shared/index.ts";
import { createApp, createTemplates, plainId, resourcesOf } from "../support/infra.ts";

const { workers, data } = createTemplates();
const day = 86_400;

/** By logical id without its hash. */
function propertiesOf(type: string) {
  const entries = Object.entries(resourcesOf(workers, type));
  return new Map(entries.map(([id, { Properties }]) => [plainId(id), Properties]));
}

const queues = propertiesOf("AWS::SQS::Queue");
const functions = propertiesOf("AWS::Lambda::Function");
const sources = propertiesOf("AWS::Lambda::EventSourceMapping");
const logicalId = (name: string) =>
  name.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
const jobs = [...catalog.jobs.values(), { name: dispatchQueue, ...dispatcherLimits }].map((job) => ({
  ...job,
  id: logicalId(job.name),
}));

// T: the job's own timeout. The formulas again, in numbers, so that a change of one shows here.
describe.each(jobs)("of $name", ({ id, timeoutSeconds: T, workers }) => {
  test("the function has 2T + 5 s", () => {
    expect(functions.get(`${id}Function`)?.["Timeout"]).toBe(2 * T + 5);
  });

  test("the visibility timeout is six times that, and 120 s at least", () => {
    expect(queues.get(`${id}Queue`)?.["VisibilityTimeout"]).toBe(Math.max(120, 6 * (2 * T + 5)));
  });

  test("the queue keeps a message for 12 days, a day longer than a flow's deadline", () => {
    expect(queues.get(`${id}Queue`)?.["MessageRetentionPeriod"]).toBe(12 * day);
  });

  test("the dead-letter queue keeps letters longer than the queue keeps messages", () => {
    const kept = queues.get(`${id}QueueDeadLetters`)?.["MessageRetentionPeriod"];
    expect(kept).toBe(14 * day);
    expect(kept).toBeGreaterThan(queues.get(`${id}Queue`)?.["MessageRetentionPeriod"]);
  });

  test("as many copies run as the job has workers, ten messages a batch, without waiting for more", () => {
    expect(sources.get(`${id}EventSource`)).toMatchObject({
      ScalingConfig: { MaximumConcurrency: workers },
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: 0,
    });
  });

  test("a batch can fail in part", () => {
    expect(sources.get(`${id}EventSource`)?.["FunctionResponseTypes"]).toEqual(["ReportBatchItemFailures"]);
  });

  test("no concurrency is reserved: a throttled receive would count", () => {
    expect(functions.get(`${id}Function`)?.["ReservedConcurrentExecutions"]).toBeUndefined();
  });
});

test.each([...catalog.jobs.values()].map(({ name }) => name))(
  "the redrive policy of %s is a backstop of 1000 receives, to the queue's own dead letters",
  (name) => {
    const id = logicalId(name);
    const { maxReceiveCount, deadLetterTargetArn } = queues.get(`${id}Queue`)?.["RedrivePolicy"] ?? {};
    expect(maxReceiveCount).toBe(1000);
    expect(plainId(deadLetterTargetArn["Fn::GetAtt"][0])).toBe(`${id}QueueDeadLetters`);
  },
);

test("the dispatch queue has none: no count of receives takes away a flow's only start or check", () => {
  expect(queues.get("DispatchQueue")).toBeDefined();
  expect(queues.get("DispatchQueue")).not.toHaveProperty("RedrivePolicy");
});

test("the webhook queue has none: no count of receives takes away what stands for all that is parked", () => {
  expect(queues.get("WebhookQueue")).toBeDefined();
  expect(queues.get("WebhookQueue")).not.toHaveProperty("RedrivePolicy");
});

test("ten send emails, two create profiles, two render receipts, two resize avatars, fifty tell webhooks", () => {
  const concurrency = [...sources].map(([id, { ScalingConfig }]) => [id, ScalingConfig.MaximumConcurrency]);
  expect(Object.fromEntries(concurrency)).toEqual({
    SendWelcomeEmailEventSource: 10,
    CreateProfileEventSource: 2,
    RenderReceiptEventSource: 2,
    NotifyEventSource: 10,
    ResizeAvatarEventSource: 2,
    DispatchEventSource: 10,
    WebhookEventSource: 50,
  });
});

test("the dispatcher alone may send to its own queue without an end", () => {
  const loops = [...functions].map(([id, { RecursiveLoop }]) => [id, RecursiveLoop]);
  expect(Object.fromEntries(loops)).toEqual({
    SendWelcomeEmailFunction: undefined,
    CreateProfileFunction: undefined,
    RenderReceiptFunction: undefined,
    NotifyFunction: undefined,
    ResizeAvatarFunction: undefined,
    DispatchFunction: "Allow",
  });
});

test("payloads and claimed uploads outlive every message that can refer to them, others go in a day, files stay", () => {
  interface Rule {
    readonly Prefix?: string;
    readonly ExpirationInDays?: number;
    readonly Status: string;
  }
  const rules = Object.entries(resourcesOf(data, "AWS::S3::Bucket")).map(([id, { Properties }]) => [
    plainId(id),
    Properties["LifecycleConfiguration"].Rules.filter(
      ({ Status, ExpirationInDays }: Rule) => Status === "Enabled" && ExpirationInDays,
    ).map(({ Prefix = "", ExpirationInDays }: Rule) => `${Prefix}* ${ExpirationInDays} days`),
  ]);
  expect(Object.fromEntries(rules)).toEqual({
    Payloads: ["* 40 days"],
    Files: [],
    Uploads: ["incoming/* 1 days", "claimed/* 40 days"],
  });
});

test("functions run on Node 24 and arm64, and log for a month to a group of their own", () => {
  for (const properties of functions.values()) {
    expect(properties).toMatchObject({ Runtime: "nodejs24.x", Architectures: ["arm64"] });
  }
  const groups = [...functions.values()].map(({ LoggingConfig }) => LoggingConfig.LogGroup.Ref);
  expect(new Set(groups).size).toBe(functions.size);
  for (const { RetentionInDays } of propertiesOf("AWS::Logs::LogGroup").values())
    expect(RetentionInDays).toBe(30);
});

test("a function has the memory that its job says, 512 MiB unless it says one", () => {
  const memory = [...functions].map(([id, { MemorySize }]) => [id, MemorySize]);
  expect(Object.fromEntries(memory)).toEqual({
    SendWelcomeEmailFunction: 512,
    NotifyFunction: 512,
    CreateProfileFunction: 512,
    RenderReceiptFunction: 512,
    ResizeAvatarFunction: 1769,
    DispatchFunction: 512,
    WebhookFunction: 512,
    Socket: 512,
  });
});

test("a job above a minute gets its messages one by one", () => {
  const stack = new Stack(createApp(), "stack");
  const job = { timeoutSeconds: 61, workers: 3 };
  expect(new JobQueue(stack, "Queue", { job }).settings).toMatchObject({
    batchSize: 1,
    maximumConcurrency: 3,
  });
});

test("a job with one worker is refused: AWS's least maximum concurrency is 2", () => {
  const input = [...catalog.jobs.values()][0]?.input;
  if (!input) throw new Error("the catalog has no job");
  expect(() => defineJob({ name: "lonely", input, workers: 1 })).toThrow(
    "lonely.workers: a whole number from 2 to 1000, got 1",
  );
});
