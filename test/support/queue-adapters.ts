import { DeleteMessageCommand, type Message, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";
import { createVirtualClock } from "../../shared/clock/virtual-clock.ts";
import { createMemoryQueue } from "../../shared/queue/memory-queue.ts";
import type { MessageAttributes, Queue, QueueName, ReceivedMessage } from "../../shared/queue/queue.ts";
import { createSqsQueue } from "../../shared/queue/sqs-queue.ts";
import { type AwsServer, startAwsServer } from "./aws-server.ts";

export interface QueueAdapter {
  readonly queue: Queue;
  /** The name of an empty queue. */
  create(): Promise<QueueName>;
  /** Waits up to `waitSeconds` for a message, then hides those received for `visibilitySeconds`. */
  receive(name: QueueName, options?: ReceiveOptions): Promise<readonly ReceivedMessage[]>;
  remove(name: QueueName, receipt: string): Promise<void>;
  stop(): Promise<void>;
}

export interface ReceiveOptions {
  /** Default 10. */
  readonly max?: number;
  /** Default 30. */
  readonly visibilitySeconds?: number;
  /** Default 0. */
  readonly waitSeconds?: number;
}

/** What SQS refuses, each of it in a message of its own. */
export type BadMessage =
  | "an oversized one"
  | "one with a character that XML hasn't"
  | "one without a body"
  | "one with an eleventh attribute"
  | "one with an empty attribute"
  | "one delayed by more than 900 s";

/**
 * What the queue's contract is run on, by name; `unchecked` is what the server behind it takes although SQS doesn't,
 * `forgetful` one that doesn't keep the traces of messages.
 */
export const queueAdapters: readonly (readonly [
  string,
  () => Promise<QueueAdapter>,
  { readonly unchecked: readonly BadMessage[]; readonly forgetful: boolean },
])[] = [
  ["memory", createMemoryAdapter, { unchecked: [], forgetful: false }],
  [
    "SQS",
    startSqsAdapter,
    {
      unchecked: [
        "one without a body",
        "one with an eleventh attribute",
        "one with an empty attribute",
        "one delayed by more than 900 s",
      ],
      forgetful: true,
    },
  ],
];

async function createMemoryAdapter(): Promise<QueueAdapter> {
  const clock = createVirtualClock();
  const names = Array.from({ length: 50 }, (_, index) => `queue-${index}`);
  const queue = createMemoryQueue({ queues: names, clock, entropy: createSeededEntropy(1) });
  const unused = names.values();
  return {
    queue,
    create: async () => unused.next().value ?? "none is left",
    receive: async (name, { max = 10, visibilitySeconds = 30, waitSeconds = 0 } = {}) => {
      const visibleAt = queue.nextVisibleAt(name) ?? Number.POSITIVE_INFINITY;
      if (visibleAt <= clock.now() + waitSeconds * 1000) {
        const passed = clock.sleep(visibleAt - clock.now());
        await clock.run();
        await passed;
      }
      return queue.receive(name, { max, visibilitySeconds });
    },
    remove: async (name, receipt) => queue.remove(name, receipt),
    stop: async () => {},
  };
}

async function startSqsAdapter(): Promise<QueueAdapter> {
  const server = await startAwsServer();
  const urls: Record<QueueName, string> = {};
  const urlOf = (name: QueueName) => urls[name] ?? "";
  return {
    queue: createSqsQueue({ client: server.sqs, urls }),
    create: async () => {
      const name = `queue-${Object.keys(urls).length}`;
      urls[name] = await server.createQueue(name);
      return name;
    },
    receive: (name, options) => receiveFromSqs(server, urlOf(name), options),
    remove: async (name, receipt) => {
      await server.sqs.send(new DeleteMessageCommand({ QueueUrl: urlOf(name), ReceiptHandle: receipt }));
    },
    stop: server.stop,
  };
}

async function receiveFromSqs(
  { sqs }: AwsServer,
  url: string,
  { max = 10, visibilitySeconds = 30, waitSeconds = 0 }: ReceiveOptions = {},
): Promise<readonly ReceivedMessage[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: max,
      VisibilityTimeout: visibilitySeconds,
      WaitTimeSeconds: waitSeconds,
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["All"],
    }),
  );
  return Messages.map(receivedMessage);
}

function receivedMessage({ MessageId, ReceiptHandle, Body, Attributes, MessageAttributes }: Message) {
  const attributes: MessageAttributes = Object.fromEntries(
    Object.entries(MessageAttributes ?? {}).map(([name, { DataType, StringValue = "" }]) => [
      name,
      DataType === "Number" ? Number(StringValue) : StringValue,
    ]),
  );
  return {
    id: MessageId ?? "",
    receipt: ReceiptHandle ?? "",
    body: Body ?? "",
    attributes,
    receiveCount: Number(Attributes?.ApproximateReceiveCount),
    sentAt: Number(Attributes?.SentTimestamp),
    trace: Attributes?.AWSTraceHeader,
  };
}
