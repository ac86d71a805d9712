import type { Message, MessageAttributeValue } from "@aws-sdk/client-sqs";
import type { SQSEvent, SQSMessageAttributes, SQSRecord } from "aws-lambda";

/** What Lambda hands to a function for a batch of messages. */
export function sqsEvent(messages: readonly Message[], arn: string): SQSEvent {
  return { Records: messages.map((message) => sqsRecord(message, arn)) };
}

function sqsRecord(message: Message, arn: string): SQSRecord {
  return {
    messageId: message.MessageId ?? "",
    receiptHandle: message.ReceiptHandle ?? "",
    body: message.Body ?? "",
    attributes: {
      ...message.Attributes,
      ApproximateReceiveCount: message.Attributes?.ApproximateReceiveCount ?? "",
      SentTimestamp: message.Attributes?.SentTimestamp ?? "",
      SenderId: message.Attributes?.SenderId ?? "",
      ApproximateFirstReceiveTimestamp: message.Attributes?.ApproximateFirstReceiveTimestamp ?? "",
    },
    messageAttributes: messageAttributes(message.MessageAttributes ?? {}),
    md5OfBody: message.MD5OfBody ?? "",
    ...(message.MD5OfMessageAttributes === undefined
      ? {}
      : { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    eventSource: "aws:sqs",
    eventSourceARN: arn,
    awsRegion: arn.split(":")[3] ?? "",
  };
}

function messageAttributes(
  attributes: Readonly<Record<string, MessageAttributeValue>>,
): SQSMessageAttributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType = "String", StringValue, BinaryValue }]) => [
      name,
      {
        ...(StringValue === undefined ? {} : { stringValue: StringValue }),
        ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString("base64") }),
        stringListValues: [],
        binaryListValues: [],
        dataType: DataType,
      },
    ]),
  );
}

/** What SQS counts and bills: the body, and names, types and values of the attributes, in bytes of UTF-8. */
export function messageBytes({ Body = "", MessageAttributes = {} }: Message): number {
  const attributes = Object.entries(MessageAttributes).map(
    ([name, { DataType = "", StringValue = "", BinaryValue }]) =>
      Buffer.byteLength(name + DataType + StringValue) + (BinaryValue?.length ?? 0),
  );
  return attributes.reduce((sum, bytes) => sum + bytes, Buffer.byteLength(Body));
}
