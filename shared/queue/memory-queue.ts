import { longestDelaySeconds } from "../catalog/queue-settings.ts";
import type { Clock } from "../clock/clock.ts";
import { type Entropy, fraction } from "../clock/entropy.ts";
import { maximumMessageBytes, messageBytes } from "./batches.ts";
import { createMessageShelf, type MessageShelf, type StoredMessage } from "./message-shelf.ts";
import {
  deadLetterQueue,
  type OutgoingMessage,
  type Queue,
  type QueueName,
  type ReceivedMessage,
} from "./queue.ts";

/** How often the queue does what SQS may do: fractions of 1, all 0 by default. */
export interface Hostility {
  /** A sent message is there twice. */
  readonly duplicate?: number;
  /** A received message becomes visible again before its time. */
  readonly expire?: number;
  /** A message comes up to a minute later than it could. */
  readonly delay?: number;
  /** The messages of a receive come in any order. */
  readonly reorder?: boolean;
}

/** What SQS puts an end to. */
export interface QueueLimits {
  /** How many messages of a queue may be in flight; what is beyond stays visible. Default 120 000, SQS's quota. */
  readonly inFlight?: number;
  /** How long a queue keeps a message. Default for ever. */
  readonly retentionSeconds?: (queue: QueueName) => number;
  /** After so many receives a message goes to its queue's dead letters as it is. Default never. */
  readonly maxReceiveCount?: (queue: QueueName) => number | undefined;
}

/** A queue in memory, with an event source's side of it. For simulations and tests: hostile, and seeded. */
export interface MemoryQueue extends Queue {
  /** Receives up to `max` visible messages and hides them for so long. */
  receive(
    queue: QueueName,
    options: { readonly max: number; readonly visibilitySeconds: number },
  ): ReceivedMessage[];
  /** Deletes a message, by the receipt of its last receive. */
  remove(queue: QueueName, receipt: string): void;
  /** All that the queue holds, visible or not. */
  messages(queue: QueueName): readonly OutgoingMessage[];
  /** When a receive may find a message, ms since 1970; undefined where the queue is empty. */
  nextVisibleAt(queue: QueueName): number | undefined;
  /** Called at each send and hide, and where a full queue has room in flight again. */
  onSend(listener: (queue: QueueName) => void): void;
}

/** What SQS takes in a body: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const refusedCharacters = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** How long a message may be hidden since its receive: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html */
const longestVisibilityMilliseconds = 12 * 3600 * 1000;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const mostInFlight = 120_000;

export function createMemoryQueue({
  queues,
  clock,
  entropy,
  hostility = {},
  limits = {},
}: {
  /** The names of the queues that there are. */
  readonly queues: readonly QueueName[];
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly hostility?: Hostility;
  readonly limits?: QueueLimits;
}): MemoryQueue {
  const {
    inFlight: most = mostInFlight,
    retentionSeconds = () => Number.POSITIVE_INFINITY,
    maxReceiveCount = () => undefined,
  } = limits;
  const shelves = new Map<QueueName, MessageShelf>(
    queues.map((name) => [name, createMessageShelf(clock, retentionSeconds(name) * 1000)]),
  );
  const listeners: ((queue: QueueName) => void)[] = [];
  let count = 0;
  const happens = (likelihood = 0) => likelihood > 0 && fraction(entropy) < likelihood;

  function shelfOf(queue: QueueName): MessageShelf {
    const shelf = shelves.get(queue);
    if (shelf) return shelf;
    throw new Error(`queue: one of ${queues.join(", ")}, got ${queue}`);
  }

  function tell(queue: QueueName): void {
    for (const listener of listeners) listener(queue);
  }

  function sendOne(queue: QueueName, message: OutgoingMessage): string | undefined {
    if (!shelves.has(queue)) return `queue: one of ${queues.join(", ")}, got ${queue}`;
    const refusal = refusalOf(message);
    if (refusal !== undefined) return refusal;
    const copies = happens(hostility.duplicate) ? 2 : 1;
    const id = `m${count++}`;
    for (let copy = 0; copy < copies; copy++) {
      const later = happens(hostility.delay) ? fraction(entropy) * 60_000 : 0;
      const sentAt = clock.now();
      shelfOf(queue).hide({
        ...{ id, message, sentAt, visibleAt: sentAt + (message.delaySeconds ?? 0) * 1000 + later },
        ...{ receipt: "", receivedAt: 0, receiveCount: 0, place: "delayed" },
      });
    }
    return undefined;
  }

  /** Undefined where it was its last receive: it is a dead letter now. */
  function receiveOne(
    queue: QueueName,
    stored: StoredMessage,
    hideSeconds: number,
  ): StoredMessage | undefined {
    const shelf = shelfOf(queue);
    if (stored.receiveCount >= (maxReceiveCount(queue) ?? Number.POSITIVE_INFINITY)) {
      shelf.remove(stored);
      shelfOf(deadLetterQueue(queue)).hide({ ...stored, visibleAt: clock.now(), place: "delayed" });
      return undefined;
    }
    const early = happens(hostility.expire) ? fraction(entropy) : 1;
    stored.receivedAt = clock.now();
    stored.visibleAt = stored.receivedAt + hideSeconds * 1000 * early;
    stored.receiveCount++;
    stored.receipt = `${stored.id}/${count++}`;
    shelf.hide(stored);
    return stored;
  }

  return {
    async send(queue, messages) {
      const failures = messages.flatMap((message, index) => {
        const reason = sendOne(queue, message);
        return reason === undefined ? [] : [{ index, reason }];
      });
      tell(queue);
      return failures;
    },
    async hide(queue, { receipt }, seconds) {
      const shelf = shelfOf(queue);
      const stored = shelf.find(receipt);
      if (stored?.place !== "inFlight") throw new Error("MessageNotInflight: the message is not in flight");
      const visibleAt = clock.now() + seconds * 1000;
      if (visibleAt > stored.receivedAt + longestVisibilityMilliseconds)
        throw new Error(`visibility: at most 12 hours from the receive, got ${seconds} more seconds`);
      stored.visibleAt = visibleAt;
      shelf.hide(stored);
      tell(queue);
    },
    depth: async (queue) => shelfOf(queue).depth(),
    receive(queue, { max, visibilitySeconds }) {
      const shelf = shelfOf(queue);
      const choose = (visible: number) => (hostility.reorder ? Math.floor(fraction(entropy) * visible) : 0);
      const received: ReceivedMessage[] = [];
      while (received.length < max && shelf.depth().inFlight < most) {
        const stored = shelf.take(choose);
        if (!stored) break;
        if (receiveOne(queue, stored, visibilitySeconds)) received.push(receivedMessage(stored));
      }
      return received;
    },
    remove(queue, receipt) {
      const shelf = shelfOf(queue);
      const stored = shelf.find(receipt);
      const wasFull = shelf.depth().inFlight >= most;
      if (stored) shelf.remove(stored);
      if (wasFull) tell(queue);
    },
    messages: (queue) => shelfOf(queue).messages(),
    nextVisibleAt: (queue) => {
      const { visible, inFlight } = shelfOf(queue).depth();
      return visible > 0 && inFlight < most ? clock.now() : shelfOf(queue).nextHiddenAt();
    },
    onSend: (listener) => listeners.push(listener),
  };
}

/** Why SQS would refuse the message. */
function refusalOf({ body, attributes, delaySeconds = 0 }: OutgoingMessage): string | undefined {
  if (body === "") return "body: at least one character, got none";
  if (refusedCharacters.test(body)) return "body: characters of XML 1.0, got another";
  if (Object.values(attributes).includes("")) return "attribute: at least one character, got none";
  if (delaySeconds < 0 || delaySeconds > longestDelaySeconds)
    return `delaySeconds: 0 to ${longestDelaySeconds}, got ${delaySeconds}`;
  const size = messageBytes({ body, attributes });
  if (size > maximumMessageBytes) return `message: at most ${maximumMessageBytes} bytes, got ${size}`;
  const count = Object.keys(attributes).length;
  return count > 10 ? `message: at most 10 attributes, got ${count}` : undefined;
}

function receivedMessage({ id, receipt, sentAt, receiveCount, message }: StoredMessage): ReceivedMessage {
  const { body, attributes, trace } = message;
  return { id, receipt, sentAt, receiveCount, body, attributes, trace };
}
