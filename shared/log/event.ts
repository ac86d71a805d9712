/**
 * One step of a flow, for whoever watches: ids and figures, never an input, an address or a token.
 * `level` "warn" is for what a person may want to look at.
 */
export interface EngineEvent {
  readonly level: "info" | "warn";
  /** What happened, as a stable name: `job.succeeded`. */
  readonly event: EventName;
  readonly flow?: string;
  readonly job?: string;
  readonly queue?: string;
  /** A notification's id. */
  readonly notification?: string;
  /** A webhook's receiver: scheme, host and port, no path. */
  readonly origin?: string;
  /** The X-Ray trace that the flow's request belongs to: by it a flow's trace is found, and whether it was sampled. */
  readonly trace?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly attempts?: number;
  readonly jobs?: number;
  readonly bytes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
}

export type EventName =
  | "flow.accepted"
  | "flow.replayed"
  | "flow.dispatched"
  | "payload.offloaded"
  | "payload.loaded"
  | "flow.checked"
  | "check.lost"
  | "flow.finished"
  | "flow.overdue"
  | "job.reopened"
  | "job.leased"
  | "job.taken-over"
  | "job.succeeded"
  | "job.retrying"
  | "job.held"
  | "job.failed"
  | "job.outcome-unknown"
  | "job.stuck"
  | "job.refused"
  | "breaker.open"
  | "breaker.probing"
  | "breaker.closed"
  | "message.dead-lettered"
  | "message.dropped"
  | "message.hidden"
  | "message.failed"
  | "notice.sent"
  | "notice.lost"
  | "notification.done"
  | "notification.delayed"
  | "batch.handed-back"
  | "webhook.delivered"
  | "webhook.retrying"
  | "webhook.parked"
  | "webhook.failed"
  | "webhook.refused"
  | "origin.down"
  | "origin.up"
  | "endpoint.down"
  | "endpoint.up"
  | "endpoint.gone"
  | "request.failed";

export type Log = (event: EngineEvent) => void;
