import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { QueueName, ReceivedMessage } from "../queue/queue.ts";
import { readSqsAttributes } from "../queue/sqs-attributes.ts";
import type { LetterBox } from "./letter-box.ts";

/** The letters over SQS, by the URLs of the dead-letter queues. */
export function createSqsLetterBox({
  client,
  urls,
}: {
  readonly client: SQSClient;
  readonly urls: Readonly<Record<QueueName, string>>;
}): LetterBox {
  return {
    async receive(queue, hiddenSeconds) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: urls[queue],
          MaxNumberOfMessages: 10,
          VisibilityTimeout: hiddenSeconds,
          // A long poll asks all servers of the queue; a short one only some, and may find nothing where letters are:
          // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
          WaitTimeSeconds: 1,
          MessageAttributeNames: ["All"],
          MessageSystemAttributeNames: ["All"],
        }),
      );
      return Messages.map(receivedMessage);
    },
    async giveBack(queue, letters) {
      const batches = chunks(letters, mostEntries).map(
        (batch) =>
          new ChangeMessageVisibilityBatchCommand({ QueueUrl: urls[queue], Entries: visible(batch) }),
      );
      for (const calls of chunks(batches, mostCalls)) {
        await Promise.allSettled(calls.map((call) => client.send(call)));
      }
    },
    async remove(queue, { receipt }) {
      await client.send(new DeleteMessageCommand({ QueueUrl: urls[queue], ReceiptHandle: receipt }));
    },
  };
}

/** What SQS takes in one call, and how many calls are under way: more of them would only wait for a connection. */
const mostEntries = 10;
const mostCalls = 10;

function visible(letters: readonly ReceivedMessage[]) {
  return letters.map(({ receipt }, index) => ({
    Id: `${index}`,
    ReceiptHandle: receipt,
    VisibilityTimeout: 0,
  }));
}

function chunks<Value>(values: readonly Value[], size: number): readonly (readonly Value[])[] {
  const count = Math.ceil(values.length / size);
  return Array.from({ length: count }, (_, index) => values.slice(index * size, (index + 1) * size));
}

function receivedMessage(message: Message): ReceivedMessage {
  const { MessageId = "", ReceiptHandle = "", Body = "", Attributes, MessageAttributes = {} } = message;
  return {
    id: MessageId,
    receipt: ReceiptHandle,
    body: Body,
    attributes: readSqsAttributes(
      Object.entries(MessageAttributes).map(([name, { DataType, StringValue }]) => [
        name,
        DataType,
        StringValue,
      ]),
    ),
    receiveCount: Number(Attributes?.ApproximateReceiveCount),
    sentAt: Number(Attributes?.SentTimestamp),
    trace: Attributes?.AWSTraceHeader,
  };
}
