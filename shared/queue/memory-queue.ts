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
  /** How many messages the queue has deleted because it had kept them for as long as it does. */
  forgotten(queue: QueueName): number;
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

export interface MemoryQueueOptions {
  /** The names of the queues that there are. */
  readonly queues: readonly QueueName[];
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly hostility?: Hostility;
  readonly limits?: QueueLimits;
}

export function createMemoryQueue(options: MemoryQueueOptions): MemoryQueue {
  const { clock, limits: { inFlight: most = mostInFlight } = {} } = options;
  const store = createStore(options);
  const { shelfOf } = store;
  const listeners: ((queue: QueueName) => void)[] = [];

  function tell(queue: QueueName): void {
    for (const listener of listeners) listener(queue);
  }

  return {
    async send(queue, messages) {
      const failures = messages.flatMap((message, index) => {
        const reason = sendOne(store, queue, message);
        return reason === undefined ? [] : [{ index, reason }];
      });
      tell(queue);
      return failures;
    },
    async hide(queue, { receipt }, seconds) {
      hideOne(store, queue, receipt, seconds);
      tell(queue);
    },
    depth: async (queue) => shelfOf(queue).depth(),
    receive(queue, { max, visibilitySeconds }) {
      const shelf = shelfOf(queue);
      const received: ReceivedMessage[] = [];
      while (received.length < max && shelf.depth().inFlight < most) {
        const stored = shelf.take(store.chance.choose);
        if (!stored) break;
        if (receiveOne(store, queue, stored, visibilitySeconds)) received.push(receivedMessage(stored));
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
    forgotten: (queue) => shelfOf(queue).forgotten(),
    nextVisibleAt: (queue) => {
      const { visible, inFlight } = shelfOf(queue).depth();
      return visible > 0 && inFlight < most ? clock.now() : shelfOf(queue).nextHiddenAt();
    },
    onSend: (listener) => listeners.push(listener),
  };
}

/** The queues' messages, and what is needed to put one there. */
interface Store {
  /** Throws where there is no such queue. */
  shelfOf(queue: QueueName): MessageShelf;
  /** Why nothing can be sent there; undefined where there is such a queue. */
  refusalOf(queue: QueueName): string | undefined;
  maxReceiveCount(queue: QueueName): number | undefined;
  /** Another number each time. */
  next(): number;
  readonly chance: Chance;
  readonly clock: Clock;
}

function createStore({ queues, clock, entropy, hostility = {}, limits = {} }: MemoryQueueOptions): Store {
  const { retentionSeconds = () => Number.POSITIVE_INFINITY, maxReceiveCount = () => undefined } = limits;
  const shelves = new Map<QueueName, MessageShelf>(
    queues.map((name) => [name, createMessageShelf(clock, retentionSeconds(name) * 1000)]),
  );
  const unknown = (queue: QueueName) => `queue: one of ${queues.join(", ")}, got ${queue}`;
  let count = 0;
  return {
    shelfOf(queue) {
      const shelf = shelves.get(queue);
      if (shelf) return shelf;
      throw new Error(unknown(queue));
    },
    refusalOf: (queue) => (shelves.has(queue) ? undefined : unknown(queue)),
    maxReceiveCount,
    next: () => count++,
    chance: createChance(entropy, hostility),
    clock,
  };
}

/** What a hostile queue does now, by its seed. */
interface Chance {
  /** Of a message that is sent. */
  copies(): number;
  /** By how many milliseconds it comes later. */
  lateness(): number;
  /** For which part of its time a received one is hidden. */
  hiddenFor(): number;
  /** Which of so many visible ones is received next. */
  choose(visible: number): number;
}

function createChance(entropy: Entropy, { duplicate, delay, expire, reorder }: Hostility): Chance {
  const happens = (likelihood = 0) => likelihood > 0 && fraction(entropy) < likelihood;
  return {
    copies: () => (happens(duplicate) ? 2 : 1),
    lateness: () => (happens(delay) ? fraction(entropy) * 60_000 : 0),
    hiddenFor: () => (happens(expire) ? fraction(entropy) : 1),
    choose: (visible) => (reorder ? Math.floor(fraction(entropy) * visible) : 0),
  };
}

/** The answer is why SQS would not take it; undefined where it does. */
function sendOne(store: Store, queue: QueueName, message: OutgoingMessage): string | undefined {
  const { shelfOf, chance, clock } = store;
  const refusal = store.refusalOf(queue) ?? refusalOf(message);
  if (refusal !== undefined) return refusal;
  const copies = chance.copies();
  const id = `m${store.next()}`;
  for (let copy = 0; copy < copies; copy++) {
    const later = chance.lateness();
    const sentAt = clock.now();
    shelfOf(queue).hide({
      ...{ id, message, sentAt, visibleAt: sentAt + (message.delaySeconds ?? 0) * 1000 + later },
      ...{ receipt: "", receivedAt: 0, receiveCount: 0, place: "delayed" },
    });
  }
  return undefined;
}

function hideOne({ shelfOf, clock }: Store, queue: QueueName, receipt: string, seconds: number): void {
  const shelf = shelfOf(queue);
  const stored = shelf.find(receipt);
  if (stored?.place !== "inFlight") throw new Error("MessageNotInflight: the message is not in flight");
  const visibleAt = clock.now() + seconds * 1000;
  if (visibleAt > stored.receivedAt + longestVisibilityMilliseconds)
    throw new Error(`visibility: at most 12 hours from the receive, got ${seconds} more seconds`);
  stored.visibleAt = visibleAt;
  shelf.hide(stored);
}

/** False where it was its last receive: it is a dead letter now. */
function receiveOne(store: Store, queue: QueueName, stored: StoredMessage, hideSeconds: number): boolean {
  const { shelfOf, chance, clock } = store;
  const shelf = shelfOf(queue);
  if (stored.receiveCount >= (store.maxReceiveCount(queue) ?? Number.POSITIVE_INFINITY)) {
    shelf.remove(stored);
    shelfOf(deadLetterQueue(queue)).hide({ ...stored, visibleAt: clock.now(), place: "delayed" });
    return false;
  }
  stored.receivedAt = clock.now();
  stored.visibleAt = stored.receivedAt + hideSeconds * 1000 * chance.hiddenFor();
  stored.receiveCount++;
  stored.receipt = `${stored.id}/${store.next()}`;
  shelf.hide(stored);
  return true;
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
