import { once } from "node:events";
import { connect } from "node:net";
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Servers, startServers } from "../support/servers.ts";

let servers: Servers;
beforeAll(async () => {
  servers = await startServers();
});
afterAll(() => servers.stop());

test("a created queue hands out what it was sent, with its attributes in force", async () => {
  const url = await servers.createQueue("jobs", { VisibilityTimeout: "0" });
  await servers.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "hello" }));
  for (const _receive of ["first", "again, since nothing hides it"]) {
    const { Messages = [] } = await servers.sqs.send(new ReceiveMessageCommand({ QueueUrl: url }));
    expect(Messages.map(({ Body }) => Body)).toEqual(["hello"]);
  }
});

test("a created bucket keeps an object", async () => {
  await servers.createBucket("payloads");
  await servers.s3.send(new PutObjectCommand({ Bucket: "payloads", Key: "a/b", Body: "hello" }));
  const { Body } = await servers.s3.send(new GetObjectCommand({ Bucket: "payloads", Key: "a/b" }));
  expect(await Body?.transformToString()).toBe("hello");
});

test("a created table keeps an item by its id", async () => {
  await servers.createTable("ledger");
  const item = { id: { S: "1" }, status: { S: "queued" } };
  await servers.dynamodb.send(new PutItemCommand({ TableName: "ledger", Item: item }));
  const found = await servers.dynamodb.send(
    new GetItemCommand({ TableName: "ledger", Key: { id: { S: "1" } }, ConsistentRead: true }),
  );
  expect(found.Item).toEqual(item);
});

test("after stop nobody listens, even where connections were kept alive", async () => {
  const stopped = await startServers();
  await stopped.createBucket("payloads");
  await stopped.createTable("ledger");
  await stopped.stop();
  for (const endpoint of [stopped.awsEndpoint, stopped.dynamodbEndpoint]) {
    const { hostname, port } = new URL(endpoint);
    const [error] = await once(connect(Number(port), hostname), "error");
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
  }
});
