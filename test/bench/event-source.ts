import { type Message, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";

/** A queue, and what works its batches: the messages of a batch are deleted by then. */
export interface EventSource {
  readonly url: string;
  /** Batches that are worked at the same time. */
  readonly workers: number;
  deliver(messages: readonly Message[]): Promise<void>;
}

/**
 * Delivers `count` messages in batches of exactly `fill`. All are received first, so that what the function itself
 * sends to the queue fills no batch of this round.
 * @throws where a receive answers more or fewer.
 */
export async function deliverInBatches(
  sqs: SQSClient,
  source: EventSource,
  { count, fill }: { readonly count: number; readonly fill: number },
): Promise<void> {
  const batches: (readonly Message[])[] = [];
  for (let received = 0; received < count; received += fill) {
    const batch = await receive(sqs, { url: source.url, most: fill, waitSeconds: 0 });
    if (batch.length !== fill) throw new Error(`a receive: ${fill} messages, got ${batch.length}`);
    batches.push(batch);
  }
  for (const batch of batches) await source.deliver(batch);
}

/** Polls each source, as many loops as it has workers, up to ten messages a batch. The answer stops them. */
export function startPolling(sqs: SQSClient, sources: readonly EventSource[]): () => Promise<void> {
  let stopped = false;
  const loops = sources.flatMap((source) =>
    Array.from({ length: source.workers }, () => poll(sqs, source, () => stopped)),
  );
  return async () => {
    stopped = true;
    await Promise.all(loops);
  };
}

/**
 * Waits a second at the most, and is never cut off: fauxqs doesn't notice that nobody listens any more and hands the
 * next message to the dead poll, where it stays until its visibility timeout [measured].
 */
async function poll(sqs: SQSClient, source: EventSource, isStopped: () => boolean): Promise<void> {
  while (!isStopped()) {
    const messages = await receive(sqs, { url: source.url, most: 10, waitSeconds: 1 });
    if (messages.length > 0) await source.deliver(messages);
  }
}

/** Up to `most` messages with all that an event carries. */
async function receive(
  sqs: SQSClient,
  { url, most, waitSeconds }: { readonly url: string; readonly most: number; readonly waitSeconds: number },
): Promise<readonly Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: most,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
    }),
  );
  return Messages;
}
