import type { QueueName, ReceivedMessage } from "../queue/queue.ts";

/** Letters as an operator's tool handles them. Looking at one hides it from everybody else: `Queue.hide` gives it back. */
export interface LetterBox {
  /** Up to ten messages of a dead-letter queue, hidden for so many seconds; none where it has none that can be seen. */
  receive(queue: QueueName, hiddenSeconds: number): Promise<readonly ReceivedMessage[]>;
  /** Deletes one, by the receipt of its last receive. */
  remove(queue: QueueName, letter: ReceivedMessage): Promise<void>;
}

/** A message of a queue's dead letters. */
export interface Letter {
  /** The queue whose dead letter it is: a job's name, or `dispatch`. */
  readonly queue: QueueName;
  readonly message: ReceivedMessage;
}
