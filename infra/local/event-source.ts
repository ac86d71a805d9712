import { setTimeout as sleep } from "node:timers/promises";
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { QueueSettings } from "../../shared/index.ts";
import { failedIds } from "./batch-answer.ts";
import type { Invoker } from "./invoker.ts";
import { messageBytes, sqsEvent } from "./sqs-event.ts";

export interface EventSourceOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly settings: Pick<QueueSettings, "batchSize" | "maximumConcurrency" | "functionTimeoutSeconds">;
  readonly invoker: Invoker;
  /** Told what a person should know: an invocation that failed, a call that did. */
  readonly warn: (reason: string) => void;
}

export interface EventSource {
  /** Of the largest message that came so far, as SQS counts them. */
  largestMessageBytes(): number;
  /**
   * Asks for no more messages, and resolves when the running invocations have ended. A long poll is waited for, up to
   * 20 s, unless the server ends it: a message may be on its way.
   */
  stop(): Promise<void>;
}

/**
 * Lambda's SQS event source: polls a queue and invokes a function with batches, at most `maximumConcurrency` at the same
 * time; deletes what succeeded, and leaves the rest to the visibility timeout.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
export function startEventSource(options: EventSourceOptions): EventSource {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let largest = 0;

  async function poll(): Promise<void> {
    while (!stopping.signal.aborted) {
      // Only with a copy free to work on it: a message that waits here would wait out of its visibility timeout.
      if (running.size >= options.settings.maximumConcurrency) await Promise.race(running);
      else await pollOnce();
    }
    await Promise.all(running);
  }

  async function pollOnce(): Promise<void> {
    const messages = await receive(options, stopping.signal);
    if (messages.length === 0) return;
    if (stopping.signal.aborted) return giveBack(options, messages);
    largest = Math.max(largest, ...messages.map(messageBytes));
    const invocation = work(options, messages).finally(() => running.delete(invocation));
    running.add(invocation);
  }

  const polling = poll();
  return {
    largestMessageBytes: () => largest,
    async stop() {
      stopping.abort();
      await polling;
    },
  };
}

async function receive(
  { client, queueUrl, settings, warn }: EventSourceOptions,
  stopping: AbortSignal,
): Promise<Message[]> {
  try {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: settings.batchSize,
        WaitTimeSeconds: 20,
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      }),
    );
    return Messages;
  } catch (error) {
    warn(`receive: ${reasonOf(error)}`);
    await sleep(1000, undefined, { signal: stopping }).catch(() => {});
    return [];
  }
}

/** Never throws: whatever goes wrong, the messages come again. */
async function work(options: EventSourceOptions, messages: readonly Message[]): Promise<void> {
  try {
    const failed = new Set(await invoke(options, messages));
    const done = messages.filter(({ MessageId = "" }) => !failed.has(MessageId));
    if (done.length > 0) await deleteAll(options, done);
  } catch (error) {
    options.warn(reasonOf(error));
  }
}

async function invoke({ invoker, queueArn, settings }: EventSourceOptions, messages: readonly Message[]) {
  const deadline = Date.now() + settings.functionTimeoutSeconds * 1000;
  const answer = await invoker.invoke(sqsEvent(messages, queueArn), deadline);
  return failedIds(
    answer,
    messages.map(({ MessageId = "" }) => MessageId),
  );
}

async function deleteAll(
  { client, queueUrl, warn }: EventSourceOptions,
  messages: readonly Message[],
): Promise<void> {
  const { Failed = [] } = await client.send(
    new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: entriesOf(messages) }),
  );
  for (const { Code, Message } of Failed) warn(`delete: ${Code}: ${Message ?? ""}`);
}

async function giveBack(
  { client, queueUrl, warn }: EventSourceOptions,
  messages: readonly Message[],
): Promise<void> {
  const Entries = entriesOf(messages).map((entry) => ({ ...entry, VisibilityTimeout: 0 }));
  await client
    .send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }))
    .catch((error: unknown) => warn(`give back: ${reasonOf(error)}`));
}

function entriesOf(messages: readonly Message[]) {
  return messages.map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle }));
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
