/** Sends and hides messages, and counts them. Receiving and deleting is the event source's: Lambda's, or the local one. */
export interface Queue {
  /**
   * Sends each message, as many in one call as fit. Never throws for a message: the answer has the index and the reason
   * of each that was not sent, so that a caller can report just those.
   */
  send(queue: QueueName, messages: readonly OutgoingMessage[]): Promise<readonly SendFailure[]>;
  /** Hides a received message for so many whole seconds (0 gives it back at once; at most 12 hours), for this receive only. */
  hide(queue: QueueName, message: ReceivedMessage, seconds: number): Promise<void>;
  /** How many messages there are, roughly, and what nobody could receive now is told apart. */
  depth(queue: QueueName): Promise<QueueDepth>;
}

/** `dispatch`, `notify`, `webhook`, a job's name, or one of them followed by the dead-letter suffix: the catalog's names, not AWS's. */
export type QueueName = string;

export const dispatchQueue: QueueName = "dispatch";

/** Notices for those who watch a flow: that one of its jobs has changed, or that it has ended. */
export const notifyQueue: QueueName = "notify";

/** Notices for webhooks: that a flow has ended; and probes of what waits for an endpoint. */
export const webhookQueue: QueueName = "webhook";

/** Whether a queue is a job's: dead-letter queues aside, three are the engine's own. */
export function isJobQueue(queue: QueueName): boolean {
  return queue !== dispatchQueue && queue !== notifyQueue && queue !== webhookQueue;
}

/** The dead-letter queue of a queue. */
export function deadLetterQueue(queue: QueueName): QueueName {
  return `${queue}-dead-letters`;
}

export interface OutgoingMessage {
  readonly body: string;
  readonly attributes: MessageAttributes;
  /** At most 900. Default 0. */
  readonly delaySeconds?: number;
  /** The X-Ray trace that it belongs to: `AWSTraceHeader`, which counts neither to the size nor to the ten attributes. */
  readonly trace?: string | undefined;
}

/** At most ten. A number is sent as SQS's Number, a text as its String. */
export type MessageAttributes = Readonly<Record<string, string | number>>;

export interface ReceivedMessage {
  /** SQS's own id: for logs and batch answers, never for deduplication (a redrive changes it). */
  readonly id: string;
  readonly receipt: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  /** 1 on the first delivery. Rises by throttles, holds and bad deploys too, so it counts no attempts. */
  readonly receiveCount: number;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  /** As it was sent; SQS may have added fields, such as the `Lineage` by which Lambda finds loops: hand it on whole. */
  readonly trace?: string | undefined;
}

export interface SendFailure {
  readonly index: number;
  readonly reason: string;
}

export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}
