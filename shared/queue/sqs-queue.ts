import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  type MessageAttributeValue,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { batches } from "./batches.ts";
import type { MessageAttributes, OutgoingMessage, Queue, QueueDepth, SendFailure } from "./queue.ts";
import { createSqsUrls } from "./sqs-urls.ts";

/**
 * The queue over SQS. A name without a URL is a failure of that send (a newer deploy knows the queue), an error elsewhere.
 */
export function createSqsQueue({
  client,
  urls,
}: {
  readonly client: SQSClient;
  /** By queue name. A dead-letter queue's may be left out: its queue tells. */
  readonly urls: Readonly<Record<string, string>>;
}): Queue {
  const urlOf = createSqsUrls(client, urls);

  return {
    async send(queue, messages) {
      const calls = batches(messages).map((indices) =>
        sendBatch(client, () => urlOf(queue), messages, indices),
      );
      return (await Promise.all(calls)).flat();
    },
    async hide(queue, { receipt }, seconds) {
      await client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: await urlOf(queue),
          ReceiptHandle: receipt,
          VisibilityTimeout: seconds,
        }),
      );
    },
    depth: async (queue) => countMessages(client, await urlOf(queue)),
  };
}

async function countMessages(client: SQSClient, url: string): Promise<QueueDepth> {
  const { Attributes: counts } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
      ],
    }),
  );
  return {
    visible: Number(counts?.ApproximateNumberOfMessages),
    inFlight: Number(counts?.ApproximateNumberOfMessagesNotVisible),
    delayed: Number(counts?.ApproximateNumberOfMessagesDelayed),
  };
}

async function sendBatch(
  client: SQSClient,
  url: () => Promise<string>,
  messages: readonly OutgoingMessage[],
  indices: readonly number[],
): Promise<readonly SendFailure[]> {
  const entries = indices.flatMap((index) => {
    const message = messages[index];
    return message ? [{ Id: String(index), ...entryOf(message) }] : [];
  });
  try {
    const [only] = entries;
    if (entries.length === 1 && only) {
      // A single message is billed as a batch of one, but its errors say more.
      const { Id: _, ...entry } = only;
      await client.send(new SendMessageCommand({ QueueUrl: await url(), ...entry }));
      return [];
    }
    // A batch answers 200 with failed entries inside.
    const { Failed = [] } = await client.send(
      new SendMessageBatchCommand({ QueueUrl: await url(), Entries: entries }),
    );
    return Failed.map(({ Id, Code, Message }) => ({
      index: Number(Id),
      reason: `${Code}: ${Message ?? ""}`,
    }));
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return indices.map((index) => ({ index, reason }));
  }
}

function entryOf({ body, attributes, delaySeconds, trace }: OutgoingMessage) {
  return {
    MessageBody: body,
    MessageAttributes: toSqsAttributes(attributes),
    ...(delaySeconds === undefined ? {} : { DelaySeconds: delaySeconds }),
    // Each message its own: the header of the call, which the SDK sends in Lambda, would give all of them one trace.
    ...(trace === undefined ? {} : { MessageSystemAttributes: { AWSTraceHeader: stringValue(trace) } }),
  };
}

function toSqsAttributes(attributes: MessageAttributes): Record<string, MessageAttributeValue> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      typeof value === "number" ? { DataType: "Number", StringValue: String(value) } : stringValue(value),
    ]),
  );
}

function stringValue(value: string) {
  return { DataType: "String", StringValue: value };
}
