import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type { ReceivedMessage } from "../queue/queue.ts";
import { readSqsAttributes } from "../queue/sqs-attributes.ts";

/** A function behind an SQS event source with partial batch responses. */
export type SqsFunction = (
  event: SQSEvent,
  context: Pick<Context, "getRemainingTimeInMillis">,
) => Promise<SQSBatchResponse>;

/** Answers a batch with the messages to be delivered again; all others are deleted by the event source. */
export function sqsFunction(
  process: (messages: readonly ReceivedMessage[], remaining: () => number) => Promise<readonly string[]>,
): SqsFunction {
  return async ({ Records }, context) => {
    const failed = await process(Records.map(receivedMessage), () => context.getRemainingTimeInMillis());
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

function receivedMessage({
  messageId,
  receiptHandle,
  body,
  attributes,
  messageAttributes,
}: SQSRecord): ReceivedMessage {
  return {
    id: messageId,
    receipt: receiptHandle,
    body,
    attributes: readSqsAttributes(
      Object.entries(messageAttributes).map(([name, { dataType, stringValue }]) => [
        name,
        dataType,
        stringValue,
      ]),
    ),
    receiveCount: Number(attributes.ApproximateReceiveCount),
    sentAt: Number(attributes.SentTimestamp),
    trace: attributes.AWSTraceHeader,
  };
}
