import type { MessageAttributes, OutgoingMessage } from "./queue.ts";

/** A message and a batch alike: 1 MiB. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const maximumMessageBytes = 1024 * 1024;
const maximumEntries = 10;

/** What SQS counts of a message: body and attribute names, types and values, in UTF-8 bytes. */
export function messageBytes({ body, attributes }: Pick<OutgoingMessage, "body" | "attributes">): number {
  return Buffer.byteLength(body) + attributeBytes(attributes);
}

function attributeBytes(attributes: MessageAttributes): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(attributes)) {
    const type = typeof value === "number" ? "Number" : "String";
    bytes += Buffer.byteLength(name) + type.length + Buffer.byteLength(String(value));
  }
  return bytes;
}

/** Cuts messages into SendMessageBatch calls, in order: ten messages or 1 MiB each. Indices are those of the input. */
export function batches(messages: readonly OutgoingMessage[]): readonly (readonly number[])[] {
  const result: number[][] = [];
  let bytes = 0;
  for (const [index, message] of messages.entries()) {
    const size = messageBytes(message);
    const last = result.at(-1);
    if (last && last.length < maximumEntries && bytes + size <= maximumMessageBytes) {
      last.push(index);
      bytes += size;
    } else {
      result.push([index]);
      bytes = size;
    }
  }
  return result;
}
