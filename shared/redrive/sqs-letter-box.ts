import {
  DeleteMessageCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { MessageAttributes, QueueName, ReceivedMessage } from "../queue/queue.ts";
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
    async remove(queue, { receipt }) {
      await client.send(new DeleteMessageCommand({ QueueUrl: urls[queue], ReceiptHandle: receipt }));
    },
  };
}

function receivedMessage(message: Message): ReceivedMessage {
  const { MessageId = "", ReceiptHandle = "", Body = "", Attributes, MessageAttributes = {} } = message;
  return {
    id: MessageId,
    receipt: ReceiptHandle,
    body: Body,
    attributes: readAttributes(MessageAttributes),
    receiveCount: Number(Attributes?.ApproximateReceiveCount),
    sentAt: Number(Attributes?.SentTimestamp),
    trace: Attributes?.AWSTraceHeader,
  };
}

/** As a worker reads them: binary attributes and custom types are nobody's of ours. */
function readAttributes(attributes: Readonly<Record<string, MessageAttributeValue>>): MessageAttributes {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, { DataType, StringValue }]): [string, string | number][] => {
      if (StringValue === undefined) return [];
      if (DataType === "Number") return [[name, Number(StringValue)]];
      return DataType === "String" ? [[name, StringValue]] : [];
    }),
  );
}
