import type { SQSEvent } from "aws-lambda";
import type { ReceivedMessage } from "../../shared/queue/queue.ts";

/** The messages as Lambda's event source hands them over. */
export function eventOf(messages: readonly ReceivedMessage[]): SQSEvent {
  const records = messages.map(({ id, receipt, body, attributes, receiveCount, sentAt }) => ({
    messageId: id,
    receiptHandle: receipt,
    body,
    attributes: { ApproximateReceiveCount: `${receiveCount}`, SentTimestamp: `${sentAt}` },
    messageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [
        name,
        { dataType: typeof value === "number" ? "Number" : "String", stringValue: `${value}` },
      ]),
    ),
  }));
  return { Records: records } as unknown as SQSEvent;
}
