import { batches } from "../../shared/queue/batches.ts";
import type {
  OutgoingMessage,
  Queue,
  QueueDepth,
  QueueName,
  ReceivedMessage,
} from "../../shared/queue/queue.ts";

/** A queue that only notes what it is asked, for unit tests. */
export interface RecordingQueue extends Queue {
  /** All that was taken, in order. */
  sentTo(queue: QueueName): readonly OutgoingMessage[];
  /** Each call as SQS would be billed for it: the queue, and how many messages it held. */
  readonly calls: readonly { readonly queue: QueueName; readonly messages: number }[];
  /** Each hide: the queue, the message's id, for how long. */
  readonly hidden: readonly (readonly [QueueName, string, number])[];
  /** Each queue whose depth was asked. */
  readonly asked: readonly QueueName[];
}

export interface RecordingOptions {
  /** Why a message isn't taken; undefined takes it. Default takes all. */
  readonly refuse?: (queue: QueueName, message: OutgoingMessage) => string | undefined;
  /** Default: empty. May throw. */
  readonly depth?: (queue: QueueName) => QueueDepth;
  /** Default: nothing. May throw. */
  readonly onHide?: (message: ReceivedMessage) => void;
}

const emptyQueue: QueueDepth = { visible: 0, inFlight: 0, delayed: 0 };

export function createRecordingQueue(options: RecordingOptions = {}): RecordingQueue {
  const { refuse = () => undefined, depth = () => emptyQueue, onHide = () => {} } = options;
  const sent: { queue: QueueName; message: OutgoingMessage }[] = [];
  const calls: { queue: QueueName; messages: number }[] = [];
  const hidden: [QueueName, string, number][] = [];
  const asked: QueueName[] = [];
  return {
    calls,
    hidden,
    asked,
    sentTo: (name) => sent.filter(({ queue }) => queue === name).map(({ message }) => message),
    async send(queue, messages) {
      calls.push(...batches(messages).map((indices) => ({ queue, messages: indices.length })));
      return messages.flatMap((message, index) => {
        const reason = refuse(queue, message);
        if (reason === undefined) sent.push({ queue, message });
        return reason === undefined ? [] : [{ index, reason }];
      });
    },
    async hide(queue, message, seconds) {
      onHide(message);
      hidden.push([queue, message.id, seconds]);
    },
    async depth(queue) {
      asked.push(queue);
      return depth(queue);
    },
  };
}
