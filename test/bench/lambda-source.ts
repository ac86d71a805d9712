import { DeleteMessageBatchCommand, type Message, type SQSClient } from "@aws-sdk/client-sqs";
import type { SQSRecord } from "aws-lambda";
import type { SqsFunction } from "../../shared/aws/index.ts";
import { queueSettings } from "../../shared/index.ts";
import type { EventSource } from "./event-source.ts";

/**
 * A function and its queue as Lambda's event source joins them: one event a batch, one call to delete it. A batch with
 * failures throws, since no figure of the run would mean anything.
 */
export function lambdaSource(
  sqs: SQSClient,
  {
    url,
    handler,
    limits,
    profile,
  }: {
    readonly url: string;
    readonly handler: SqsFunction;
    readonly limits: Parameters<typeof queueSettings>[0];
    readonly profile: Parameters<typeof queueSettings>[1];
  },
): EventSource {
  const { functionTimeoutSeconds } = queueSettings(limits, profile);
  return {
    url,
    workers: limits.workers,
    async deliver(messages) {
      const end = performance.now() + functionTimeoutSeconds * 1000;
      const { batchItemFailures: failures } = await handler(
        { Records: messages.map(recordOf) },
        { getRemainingTimeInMillis: () => end - performance.now() },
      );
      if (failures.length > 0) throw new Error(`a batch without failures, got ${failures.length}`);
      const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
    },
  };
}

function recordOf(message: Message): SQSRecord {
  const { MessageId = "", ReceiptHandle = "", Body = "", Attributes = {}, MessageAttributes = {} } = message;
  const attributes = Object.entries(MessageAttributes).map(([name, { DataType = "", StringValue }]) => [
    name,
    { dataType: DataType, ...(StringValue === undefined ? {} : { stringValue: StringValue }) },
  ]);
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: {
      ApproximateReceiveCount: Attributes.ApproximateReceiveCount ?? "",
      SentTimestamp: Attributes.SentTimestamp ?? "",
      SenderId: Attributes.SenderId ?? "",
      ApproximateFirstReceiveTimestamp: Attributes.ApproximateFirstReceiveTimestamp ?? "",
    },
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: message.MD5OfBody ?? "",
    eventSource: "aws:sqs",
    eventSourceARN: "",
    awsRegion: "us-east-1",
  };
}
