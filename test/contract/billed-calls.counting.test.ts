import {
  BatchGetItemCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { ReceiveMessageCommand, SendMessageBatchCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { type BilledCall, countBilledCalls, itemBytes } from "../support/billed-calls.ts";
import { type Servers, startServers } from "../support/servers.ts";

const kib = 1024;

let servers: Servers;
let calls: readonly BilledCall[];
let before: number;
let queue: string;

beforeAll(async () => {
  servers = await startServers();
  queue = await servers.createQueue("jobs", { VisibilityTimeout: "0" });
  await servers.createTable("flows");
  calls = countBilledCalls(servers, ({ operation }) => `step of ${operation}`);
});
beforeEach(() => {
  before = calls.length;
});
afterAll(() => servers.stop());

const billed = () => calls.slice(before).map(({ kind, units }) => `${units} ${kind}`);

test("a call is told by its step and its operation", async () => {
  await servers.sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: "hello" }));
  expect(calls.slice(before)).toEqual([
    { step: "step of SendMessage", operation: "SendMessage", kind: "sqs", units: 1 },
  ]);
});

test("a message is billed by chunks of 64 KiB, its attributes included", async () => {
  const attribute = { DataType: "String", StringValue: "y".repeat(kib) };
  for (const MessageBody of ["x".repeat(63 * kib), "x".repeat(64 * kib)]) {
    await servers.sqs.send(
      new SendMessageCommand({ QueueUrl: queue, MessageBody, MessageAttributes: { z: attribute } }),
    );
  }
  expect(billed()).toEqual(["2 sqs", "2 sqs"]);
});

test("a batch is billed by what it carries together, sent or received", async () => {
  const QueueUrl = await servers.createQueue("batches");
  const Entries = ["a", "b", "c"].map((Id) => ({ Id, MessageBody: "x".repeat(30 * kib) }));
  before = calls.length;
  await servers.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  await servers.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  expect(billed()).toEqual(["2 sqs", "2 sqs"]);
});

test("a receive that finds nothing is billed", async () => {
  const QueueUrl = await servers.createQueue("empty");
  before = calls.length;
  await servers.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  expect(billed()).toEqual(["1 sqs"]);
});

test("a write is billed by the KB of its item, a consistent read by four of them, each item of a batch alone", async () => {
  const item = (id: string, bytes: number) => ({ id: { S: id }, text: { S: "x".repeat(bytes - 8) } });
  for (const [id, bytes] of [
    ["s1", kib],
    ["b1", 5 * kib],
  ] as const) {
    const Item = item(id, bytes);
    expect(itemBytes(Item)).toBe(bytes);
    await servers.dynamodb.send(new PutItemCommand({ TableName: "flows", Item }));
  }
  const Keys = [{ id: { S: "s1" } }, { id: { S: "b1" } }];
  await servers.dynamodb.send(new GetItemCommand({ TableName: "flows", Key: Keys[1], ConsistentRead: true }));
  await servers.dynamodb.send(
    new BatchGetItemCommand({ RequestItems: { flows: { Keys, ConsistentRead: true } } }),
  );
  expect(billed()).toEqual(["1 write", "5 write", "2 read", "3 read"]);
});

test("a refused condition is billed as a write", async () => {
  const key = { id: { S: "absent" } };
  const update = new UpdateItemCommand({
    TableName: "flows",
    Key: key,
    UpdateExpression: "SET seen = :one",
    ConditionExpression: "attribute_exists(id)",
    ExpressionAttributeValues: { ":one": { N: "1" } },
  });
  await expect(servers.dynamodb.send(update)).rejects.toThrow("conditional");
  expect(billed()).toEqual(["1 write"]);
});
