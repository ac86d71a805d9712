import { randomUUID } from "node:crypto";
import { PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { DeleteMessageCommand, type Message, SendMessageCommand } from "@aws-sdk/client-sqs";
import type { Servers } from "../support/servers.ts";
import type { EventSource } from "./event-source.ts";
import { catalog, idleHandler, person } from "./sign-up.ts";

/** The peer: what is glued together by hand from the bare SDK, without lease, check, attempts or completion of the flow. */
export interface Glue {
  /** A status row, then one message a job, side by side. */
  accept(): Promise<void>;
  readonly jobs: readonly EventSource[];
}

const table = "glue-status";

/** Creates the glue's queues and table; once for one set of servers. `onJob` hears of each job that is done. */
export async function createGlue(servers: Servers, onJob: () => void = () => {}): Promise<Glue> {
  const { sqs, dynamodb } = servers;
  await servers.createTable(table);
  const urls = new Map<string, string>();
  for (const name of catalog.jobs.keys()) urls.set(name, await servers.createQueue(`glue-${name}`));
  return {
    async accept() {
      const id = randomUUID();
      const status = Object.fromEntries([...urls.keys()].map((name) => [name, { S: "queued" }]));
      const item = { id: { S: id }, createdAt: { N: `${Date.now()}` }, jobs: { M: status } };
      await dynamodb.send(new PutItemCommand({ TableName: table, Item: item }));
      const MessageBody = JSON.stringify({ id, input: person });
      const sends = [...urls.values()].map((QueueUrl) =>
        sqs.send(new SendMessageCommand({ QueueUrl, MessageBody })),
      );
      await Promise.all(sends);
    },
    jobs: [...catalog.jobs.values()].map(({ name, workers }) => {
      const url = urls.get(name) ?? "";
      return { url, workers, deliver: (messages) => work(servers, { name, url, onJob }, messages) };
    }),
  };
}

async function work(
  { sqs, dynamodb }: Servers,
  { name, url, onJob }: { readonly name: string; readonly url: string; readonly onJob: () => void },
  messages: readonly Message[],
): Promise<void> {
  const handler = idleHandler(name);
  for (const { Body = "", ReceiptHandle } of messages) {
    const { id, input } = JSON.parse(Body) as { id: string; input: unknown };
    await handler(input, undefined as never);
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { id: { S: id } },
        UpdateExpression: "SET jobs.#job = :done",
        ExpressionAttributeNames: { "#job": name },
        ExpressionAttributeValues: { ":done": { S: "succeeded" } },
      }),
    );
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    onJob();
  }
}
