import type { QueueName, ReceivedMessage } from "../queue/queue.ts";

/** Letters as an operator's tool handles them: looking at one hides it from everybody else. Queues are those of dead letters. */
export interface LetterBox {
  /** Up to ten, hidden for so many seconds; none where no more can be seen. */
  receive(queue: QueueName, hiddenSeconds: number): Promise<readonly ReceivedMessage[]>;
  /** Makes letters visible again, by the receipts of their last receive. One that can't be comes back when its time is over. */
  giveBack(queue: QueueName, letters: readonly ReceivedMessage[]): Promise<void>;
  /** Deletes one, by the receipt of its last receive. */
  remove(queue: QueueName, letter: ReceivedMessage): Promise<void>;
}

/** A message of a queue's dead letters. */
export interface Letter {
  /** The queue whose dead letter it is: a job's name, or `dispatch`. */
  readonly queue: QueueName;
  readonly message: ReceivedMessage;
}
