import { SendMessageBatchCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { SQSEvent } from "aws-lambda";
import { type EventSource, startEventSource } from "../../infra/local/event-source.ts";
import { createSqsQueue } from "../../shared/aws/index.ts";
import { type AwsServer, startAwsServer } from "../support/aws-server.ts";
import { eventually } from "../support/eventually.ts";

const arn = "arn:aws:sqs:us-east-1:000000000000:jobs";
let aws: AwsServer;
beforeAll(async () => {
  aws = await startAwsServer();
});
afterAll(() => aws.stop());

interface Setup {
  readonly name: string;
  readonly run: (event: SQSEvent) => Promise<unknown>;
  readonly messages: number;
  readonly maximumConcurrency?: number;
  readonly batchSize?: number;
}

async function setup({ name, run, messages, maximumConcurrency = 2, batchSize = 10 }: Setup) {
  const queueUrl = await aws.createQueue(name, { VisibilityTimeout: "30" });
  const Entries = Array.from({ length: messages }, (_, index) => ({
    Id: `${index}`,
    MessageBody: `${index}`,
  }));
  await aws.sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  const warnings: string[] = [];
  const source = startEventSource({
    ...{ client: aws.sqs, queueUrl, queueArn: arn },
    settings: { batchSize, maximumConcurrency, functionTimeoutSeconds: 25 },
    invoker: { invoke: run, stop: async () => {} },
    warn: (reason) => void warnings.push(reason),
  });
  return { source, queueUrl, warnings };
}

/** Wakes its long poll by a message, so that stopping need not wait for the poll's end. */
async function stop(source: EventSource, queueUrl: string): Promise<void> {
  const stopped = source.stop();
  await aws.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: "wake" }));
  await stopped;
}

async function depth(queueUrl: string) {
  const { visible, inFlight } = await createSqsQueue({ client: aws.sqs, urls: { jobs: queueUrl } }).depth(
    "jobs",
  );
  return { visible, inFlight };
}

test("what a batch reports failed stays in flight, the rest is deleted", async () => {
  const { source, queueUrl } = await setup({
    name: "partial",
    messages: 4,
    run: async ({ Records }) => ({
      batchItemFailures: Records.filter(({ body }) => body === "2").map(({ messageId }) => ({
        itemIdentifier: messageId,
      })),
    }),
  });
  await eventually(async () => ((await depth(queueUrl)).inFlight === 1 ? true : undefined));
  expect(await depth(queueUrl)).toEqual({ visible: 0, inFlight: 1 });
  await stop(source, queueUrl);
}, 20_000);

test("a batch whose function throws stays in flight as a whole, and a person is told why", async () => {
  const { source, queueUrl, warnings } = await setup({
    name: "throwing",
    messages: 3,
    run: async () => {
      throw new Error("no such table");
    },
  });
  await eventually(async () => (warnings.length > 0 ? true : undefined));
  expect(warnings).toEqual(["no such table"]);
  expect(await depth(queueUrl)).toEqual({ visible: 0, inFlight: 3 });
  await stop(source, queueUrl);
}, 20_000);

test("at most `maximumConcurrency` invocations run at the same time, and the rest waits on the queue", async () => {
  const gate = Promise.withResolvers<void>();
  let running = 0;
  const { source, queueUrl } = await setup({
    name: "concurrency",
    messages: 5,
    batchSize: 1,
    run: async () => {
      running++;
      await gate.promise;
      running--;
    },
  });
  await eventually(async () => (running === 2 ? true : undefined));
  expect(await depth(queueUrl)).toEqual({ visible: 3, inFlight: 2 });
  const stopped = source.stop();
  gate.resolve();
  await stopped;
  expect(running).toBe(0);
  expect((await depth(queueUrl)).visible).toBe(3);
}, 20_000);

test("a message that arrives while it stops is given back", async () => {
  const { source, queueUrl } = await setup({ name: "stopping", messages: 1, run: async () => undefined });
  await eventually(async () => {
    const { visible, inFlight } = await depth(queueUrl);
    return visible + inFlight === 0 ? true : undefined;
  });
  await stop(source, queueUrl);
  expect(await depth(queueUrl)).toEqual({ visible: 1, inFlight: 0 });
}, 20_000);

test("records are as Lambda builds them", async () => {
  const events: SQSEvent[] = [];
  const queueUrl = await aws.createQueue("records");
  const { MessageId } = await aws.sqs.send(
    new SendMessageCommand({
      ...{ QueueUrl: queueUrl, MessageBody: "héllo" },
      MessageAttributes: {
        errand: { DataType: "String", StringValue: "run" },
        size: { DataType: "Number", StringValue: "5" },
        raw: { DataType: "Binary", BinaryValue: Uint8Array.of(1, 2) },
      },
    }),
  );
  const source = startEventSource({
    ...{ client: aws.sqs, queueUrl, queueArn: arn },
    settings: { batchSize: 10, maximumConcurrency: 2, functionTimeoutSeconds: 25 },
    invoker: { invoke: async (event) => void events.push(event), stop: async () => {} },
    warn: () => {},
  });
  await eventually(async () => events[0]);
  expect(events[0]?.Records).toEqual([
    {
      messageId: MessageId,
      receiptHandle: expect.any(String),
      body: "héllo",
      md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
      md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
      attributes: {
        ApproximateReceiveCount: "1",
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: expect.any(String),
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      messageAttributes: {
        errand: { dataType: "String", stringValue: "run", stringListValues: [], binaryListValues: [] },
        size: { dataType: "Number", stringValue: "5", stringListValues: [], binaryListValues: [] },
        raw: { dataType: "Binary", binaryValue: "AQI=", stringListValues: [], binaryListValues: [] },
      },
      eventSource: "aws:sqs",
      eventSourceARN: arn,
      awsRegion: "us-east-1",
    },
  ]);
  expect(source.largestMessageBytes()).toBe(6 + 15 + 11 + 11);
  await stop(source, queueUrl);
}, 20_000);
