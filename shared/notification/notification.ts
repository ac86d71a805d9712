import type { FlowView } from "../flow/flow-view.ts";
import type { Probe } from "../webhook/probe-message.ts";

/** That a flow has ended, or a job of it has changed, for whoever is to be told. */
export interface Notification {
  /** `<flow>.<epoch>` of an end, `<flow>.<key>.<run>.<version>` of a change: the same however often it is told. */
  readonly id: string;
  readonly about: "end" | "change";
  /** When it happened, in ms since 1970: when its notice was sent. */
  readonly at: number;
  /** The flow as it stands now, which may be later than what is told: its `version` says so. */
  readonly flow: FlowView;
  /** The endpoint that the flow's request asked for, if it did. */
  readonly webhook: string | undefined;
  /** Aborted when the time to tell it is over: what has not been told by then is told again later. */
  readonly signal: AbortSignal;
}

/**
 * The ways to tell. Each is told at least once, and must bear to be told again. What they throw: `PermanentError` sets the notification
 * aside, `RetryAfterError` tells it again then (up to 15 minutes; who has to wait longer keeps it itself), anything else later and
 * later.
 */
export interface NotificationChannels {
  /** A flow's end, where its request asked for a webhook. */
  webhook(notification: Notification): Promise<void>;
  /**
   * A turn of the message that stands for all webhooks that wait behind one endpoint, within `remaining()` milliseconds. Answers for how many
   * seconds it is to be hidden; undefined where nobody waits any more.
   */
  probe?(probe: Probe, remaining: () => number): Promise<number | undefined>;
  /** To whoever watches the flow at the moment. What it throws is tried again within seconds, for as long as somebody watches. */
  push(notification: Notification): Promise<void>;
}
