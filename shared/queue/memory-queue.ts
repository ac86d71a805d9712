import type { Clock } from "../clock/clock.ts";
import { type Entropy, fraction } from "../clock/entropy.ts";
import { maximumMessageBytes, messageBytes } from "./batches.ts";
import type { OutgoingMessage, Queue, QueueName, ReceivedMessage } from "./queue.ts";

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
  /** When a message will be visible, ms since 1970; undefined where the queue is empty. */
  nextVisibleAt(queue: QueueName): number | undefined;
  /** Called at each send. */
  onSend(listener: (queue: QueueName) => void): void;
}

interface Stored {
  readonly id: string;
  readonly message: OutgoingMessage;
  readonly sentAt: number;
  visibleAt: number;
  receiveCount: number;
  receipt: string;
  delayed: boolean;
}

/** What SQS takes in a body: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const refusedCharacters = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

export function createMemoryQueue({
  queues,
  clock,
  entropy,
  hostility = {},
}: {
  /** The names of the queues that there are. */
  readonly queues: readonly QueueName[];
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly hostility?: Hostility;
}): MemoryQueue {
  const stored = new Map<QueueName, Stored[]>(queues.map((name) => [name, []]));
  const listeners: ((queue: QueueName) => void)[] = [];
  let count = 0;
  const happens = (likelihood = 0) => likelihood > 0 && fraction(entropy) < likelihood;

  function contents(queue: QueueName): Stored[] {
    const messages = stored.get(queue);
    if (messages) return messages;
    throw new Error(`queue: one of ${queues.join(", ")}, got ${queue}`);
  }

  function sendOne(queue: QueueName, message: OutgoingMessage): string | undefined {
    if (!stored.has(queue)) return `queue: one of ${queues.join(", ")}, got ${queue}`;
    if (message.body === "") return "body: at least one character, got none";
    if (refusedCharacters.test(message.body)) return "body: characters of XML 1.0, got another";
    if (Object.values(message.attributes).includes("")) return "attribute: at least one character, got none";
    const { delaySeconds = 0 } = message;
    if (delaySeconds < 0 || delaySeconds > 900) return `delaySeconds: 0 to 900, got ${delaySeconds}`;
    const size = messageBytes(message);
    if (size > maximumMessageBytes) return `message: at most ${maximumMessageBytes} bytes, got ${size}`;
    const attributes = Object.keys(message.attributes).length;
    if (attributes > 10) return `message: at most 10 attributes, got ${attributes}`;
    const copies = happens(hostility.duplicate) ? 2 : 1;
    const id = `m${count++}`;
    for (let copy = 0; copy < copies; copy++) {
      const delay = delaySeconds * 1000 + (happens(hostility.delay) ? fraction(entropy) * 60_000 : 0);
      const now = clock.now();
      contents(queue).push({
        ...{ id, message, sentAt: now, visibleAt: now + delay },
        ...{ receiveCount: 0, receipt: "", delayed: delay > 0 },
      });
    }
    return undefined;
  }

  return {
    async send(queue, messages) {
      const failures = messages.flatMap((message, index) => {
        const reason = sendOne(queue, message);
        return reason === undefined ? [] : [{ index, reason }];
      });
      for (const listener of listeners) listener(queue);
      return failures;
    },
    async hide(queue, { receipt }, seconds) {
      const message = contents(queue).find((candidate) => candidate.receipt === receipt);
      if (!message || message.visibleAt <= clock.now())
        throw new Error("MessageNotInflight: the message is not in flight");
      message.visibleAt = clock.now() + seconds * 1000;
      for (const listener of listeners) listener(queue);
    },
    async depth(queue) {
      const waiting = contents(queue).filter(({ visibleAt }) => visibleAt > clock.now());
      const delayed = waiting.filter((message) => message.delayed).length;
      return {
        visible: contents(queue).length - waiting.length,
        inFlight: waiting.length - delayed,
        delayed,
      };
    },
    receive(queue, { max, visibilitySeconds }) {
      const visible = contents(queue).filter(({ visibleAt }) => visibleAt <= clock.now());
      return pick(visible, max).map((message) => {
        const early = happens(hostility.expire) ? fraction(entropy) : 1;
        message.visibleAt = clock.now() + visibilitySeconds * 1000 * early;
        message.delayed = false;
        message.receiveCount++;
        message.receipt = `${message.id}/${count++}`;
        const { id, receipt, sentAt, receiveCount } = message;
        return {
          id,
          receipt,
          sentAt,
          receiveCount,
          body: message.message.body,
          attributes: message.message.attributes,
          trace: message.message.trace,
        };
      });
    },
    remove(queue, receipt) {
      const messages = contents(queue);
      const index = messages.findIndex((candidate) => candidate.receipt === receipt);
      if (index >= 0) messages.splice(index, 1);
    },
    messages: (queue) => contents(queue).map(({ message }) => message),
    nextVisibleAt: (queue) => {
      const times = contents(queue).map(({ visibleAt }) => visibleAt);
      return times.length > 0 ? Math.min(...times) : undefined;
    },
    onSend: (listener) => listeners.push(listener),
  };

  function pick(visible: readonly Stored[], max: number): Stored[] {
    const rest = [...visible];
    const picked: Stored[] = [];
    while (picked.length < max && rest.length > 0) {
      const index = hostility.reorder ? Math.floor(fraction(entropy) * rest.length) : 0;
      picked.push(...rest.splice(index, 1));
    }
    return picked;
  }
}
