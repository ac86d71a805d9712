import { legacySizeAttribute, sizeAttribute } from "../claim-check/pointer.ts";
import type { JobRecord } from "../flow/flow-record.ts";
import { type JobAddress, jobId } from "../flow/ids.ts";
import {
  deadLetterQueue,
  type MessageAttributes,
  type OutgoingMessage,
  type Queue,
  type QueueName,
  type ReceivedMessage,
} from "../queue/queue.ts";

/** SQS refuses control characters in an attribute's value, and an empty one. */
const printable = (text: string): string =>
  text.replace(/[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/gu, "?").slice(0, 256) || "?";

/**
 * The letter of a job that failed for good: the message as it was, with the reason and what a redrive needs.
 * Ten attributes at the most, which is SQS's limit.
 */
export function jobLetter(
  message: Pick<ReceivedMessage, "body" | "attributes" | "trace">,
  address: JobAddress,
  job: JobRecord,
): OutgoingMessage {
  return {
    body: message.body,
    trace: message.trace,
    attributes: {
      ...pick(message.attributes, ["errand", "deadline", sizeAttribute, legacySizeAttribute]),
      job: jobId(address),
      run: job.run,
      error: printable(job.error ?? "no reason was recorded"),
      attempts: job.attempts,
      ...(job.startedAt === undefined ? {} : { firstAt: job.startedAt }),
      ...(job.finishedAt === undefined ? {} : { lastAt: job.finishedAt }),
    },
  };
}

/** Whether a message is a letter, of ours or a stranger's: on a job's own queue, one that somebody moved back. */
export function isLetter({ attributes }: Pick<ReceivedMessage, "attributes">): boolean {
  return attributes["error"] !== undefined;
}

/** The letter of a message that is no envelope: its bytes and the reason. Its attributes aren't ours to read. */
export function strangerLetter(message: { readonly body: string }, reason: string): OutgoingMessage {
  return { body: message.body, attributes: { error: printable(reason) } };
}

/** The letter of a notice that nobody could be told, or of a webhook's probe: as it was, with the reason. A redrive brings it back to its queue. */
export function noticeLetter(
  { body, attributes, trace }: Pick<ReceivedMessage, "body" | "attributes" | "trace">,
  reason: string,
): OutgoingMessage {
  const own = pick(attributes, ["errand", "flow", "id"]);
  return { body, trace, attributes: { ...own, error: printable(reason) } };
}

/** Sets a message aside. Throws where that failed, so that the message is kept. */
export async function setAside(queue: Queue, from: QueueName, letter: OutgoingMessage): Promise<void> {
  const [failure] = await queue.send(deadLetterQueue(from), [letter]);
  if (failure) throw new Error(`the dead-letter queue of ${from} refused a letter: ${failure.reason}`);
}

function pick(attributes: MessageAttributes, names: readonly string[]): MessageAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => names.includes(name)));
}
