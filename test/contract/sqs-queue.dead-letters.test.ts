import { GetQueueAttributesCommand, SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Queue } from "../../shared/queue/queue.ts";
import { createSqsQueue } from "../../shared/queue/sqs-queue.ts";
import { type AwsServer, startAwsServer } from "../support/aws-server.ts";

const letter = { body: "x", attributes: { job: "mail" } };

let server: AwsServer;
let queue: Queue;
let asked = 0;
beforeAll(async () => {
  server = await startAwsServer();
  const arn = async (name: string) => {
    const QueueUrl = await server.createQueue(name);
    const { Attributes } = await server.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
    );
    return Attributes?.QueueArn;
  };
  const deadLetterTargetArn = await arn("Letters-Of-Mail-ABC");
  const policy = { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1000 }) };
  const urls = {
    mail: await server.createQueue("mail-1", policy),
    dispatch: await server.createQueue("dispatch-1"),
  };
  queue = createSqsQueue({ client: server.sqs, urls });
  server.sqs.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === "GetQueueAttributesCommand") asked++;
        return next(args);
      },
    { step: "initialize" },
  );
});
afterAll(() => server.stop());

test("a dead-letter queue without a URL is found by its queue's redrive policy, which is asked once", async () => {
  expect(await queue.send("mail-dead-letters", [letter])).toEqual([]);
  expect(await queue.send("mail-dead-letters", [letter, letter])).toEqual([]);
  expect(asked).toBe(1);
  expect(await queue.depth("mail-dead-letters")).toMatchObject({ visible: 3 });
});

test("one whose queue has no redrive policy, or that belongs to none, is a failure of that send", async () => {
  const [failure] = await queue.send("dispatch-dead-letters", [letter]);
  expect(failure?.reason).toMatch(/^Error: queue: one with a dead-letter queue, got http.*dispatch-1$/);
  expect(await queue.send("pdf-dead-letters", [letter])).toEqual([
    { index: 0, reason: "Error: queue: one of mail, dispatch, got pdf-dead-letters" },
  ]);
});

test("a queue's redrive policy that is set empty is none: so provisioning takes away what an earlier run has set", async () => {
  const QueueUrl = await server.createQueue("once");
  const set = (RedrivePolicy: string) =>
    server.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } }));
  const deadLetterTargetArn = "arn:aws:sqs:us-east-1:000000000000:Letters-Of-Mail-ABC";
  await set(JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 }));
  await set("");
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["RedrivePolicy"] });
  expect((await server.sqs.send(command)).Attributes ?? {}).not.toHaveProperty("RedrivePolicy");
});
