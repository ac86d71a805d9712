import type { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Queue } from "../../shared/queue/queue.ts";
import { createSqsQueue } from "../../shared/queue/sqs-queue.ts";
import { type AwsServer, startAwsServer } from "../support/aws-server.ts";

const first = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
const second = "Root=1-5759e989-bd862e3fe1be46a994272793;Sampled=0";
const plain = { body: "x", attributes: { job: "mail" } };

let server: AwsServer;
let queue: Queue;
const bodies: unknown[] = [];
beforeAll(async () => {
  server = await startAwsServer();
  queue = createSqsQueue({ client: server.sqs, urls: { mail: await server.createQueue("mail") } });
  recordBodies(server.sqs, bodies);
});
afterAll(() => server.stop());

/** Notes each request's body as it goes to the server: fauxqs takes system attributes and forgets them. */
function recordBodies({ middlewareStack }: SQSClient, into: unknown[]): void {
  middlewareStack.add(
    (next) => async (args) => {
      into.push(JSON.parse(new TextDecoder().decode(Object(args.request).body)));
      return next(args);
    },
    { step: "finalizeRequest" },
  );
}

const systemAttribute = (trace: string) => ({
  MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: trace } },
});

test("each message of a batch is sent with its own trace, and one without a trace has none", async () => {
  expect(await queue.send("mail", [{ ...plain, trace: first }, { ...plain, trace: second }, plain])).toEqual(
    [],
  );
  const { Entries } = Object(bodies.at(-1));
  expect(Entries).toEqual([
    expect.objectContaining(systemAttribute(first)),
    expect.objectContaining(systemAttribute(second)),
    expect.not.objectContaining({ MessageSystemAttributes: expect.anything() }),
  ]);
});

test("a message that is sent alone has its trace as well", async () => {
  expect(await queue.send("mail", [{ ...plain, trace: first }])).toEqual([]);
  expect(bodies.at(-1)).toMatchObject({ MessageBody: "x", ...systemAttribute(first) });
});
