import type { Clock } from "../clock/clock.ts";
import { createMinHeap } from "../clock/min-heap.ts";
import type { OutgoingMessage, QueueDepth } from "./queue.ts";

/** A message as a queue in memory keeps it. Times are ms since 1970. */
export interface StoredMessage {
  readonly id: string;
  readonly message: OutgoingMessage;
  readonly sentAt: number;
  /** Of the last receive; "" before the first. */
  receipt: string;
  receivedAt: number;
  receiveCount: number;
  visibleAt: number;
  /** Hidden ones are in flight once they were received, delayed before. */
  place: keyof QueueDepth;
}

/**
 * The messages of one queue, by when they are visible. Backlogs of 100 000 are simulated, so no step but `messages` walks
 * through all of them.
 */
export interface MessageShelf {
  /** Hides a message until its `visibleAt`: one that is new, or one of the shelf whose time has changed. */
  hide(message: StoredMessage): void;
  /** The message of that receipt, wherever it is. */
  find(receipt: string): StoredMessage | undefined;
  /** Takes a visible message out of the visible ones, by its place among them; undefined where there is none. */
  take(choose: (count: number) => number): StoredMessage | undefined;
  remove(message: StoredMessage): void;
  depth(): QueueDepth;
  messages(): readonly OutgoingMessage[];
  /** When the next of the hidden messages is visible, ms since 1970. */
  nextHiddenAt(): number | undefined;
  /** How many messages were forgotten. */
  forgotten(): number;
}

/** An empty shelf, which forgets a message so many milliseconds after it was sent. */
export function createMessageShelf(clock: Clock, retentionMilliseconds: number): MessageShelf {
  /** Oldest first. */
  const all = new Set<StoredMessage>();
  const byReceipt = new Map<string, StoredMessage>();
  const visible: StoredMessage[] = [];
  const hidden = createTimetable((message) => message.place !== "visible" && all.has(message));
  const count: Record<keyof QueueDepth, number> = { visible: 0, inFlight: 0, delayed: 0 };
  let forgotten = 0;

  function move(message: StoredMessage, place: keyof QueueDepth): void {
    count[message.place]--;
    count[place]++;
    message.place = place;
  }

  function remove(message: StoredMessage): void {
    if (!all.delete(message)) return;
    byReceipt.delete(message.receipt);
    count[message.place]--;
    if (message.place === "visible") visible.splice(visible.indexOf(message), 1);
  }

  /** What time has done since the last look: messages are old enough to be gone, or visible. */
  function settle(): void {
    const now = clock.now();
    for (const message of all) {
      if (message.sentAt + retentionMilliseconds > now) break;
      remove(message);
      forgotten++;
    }
    for (let due = hidden.takeDue(now); due; due = hidden.takeDue(now)) {
      move(due, "visible");
      visible.push(due);
    }
  }

  return {
    hide(message) {
      if (!all.has(message)) count[message.place]++;
      all.add(message);
      if (message.receipt !== "") byReceipt.set(message.receipt, message);
      hidden.add(message);
    },
    find(receipt) {
      settle();
      return byReceipt.get(receipt);
    },
    take(choose) {
      settle();
      const [message] = visible.splice(choose(visible.length), 1);
      if (!message) return undefined;
      byReceipt.delete(message.receipt);
      move(message, "inFlight");
      return message;
    },
    remove,
    depth() {
      settle();
      return { ...count };
    },
    messages() {
      settle();
      return [...all].map(({ message }) => message);
    },
    nextHiddenAt() {
      settle();
      return hidden.nextAt();
    },
    forgotten() {
      settle();
      return forgotten;
    },
  };
}

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly message: StoredMessage;
}

/** Hidden messages by when they are visible; of those at the same time the first that was added. */
function createTimetable(isHidden: (message: StoredMessage) => boolean) {
  const entries = createMinHeap<Entry>((one, other) =>
    one.at === other.at ? one.order < other.order : one.at < other.at,
  );
  let order = 0;

  /** Past those that are out of date: of messages that were removed, or hidden anew. */
  function next(): Entry | undefined {
    for (;;) {
      const entry = entries.peek();
      if (!entry || (entry.message.visibleAt === entry.at && isHidden(entry.message))) return entry;
      entries.pop();
    }
  }

  return {
    add(message: StoredMessage): void {
      entries.push({ at: message.visibleAt, order: order++, message });
    },
    takeDue(now: number): StoredMessage | undefined {
      const entry = next();
      return entry && entry.at <= now ? entries.pop()?.message : undefined;
    },
    nextAt: (): number | undefined => next()?.at,
  };
}
