import { createHash } from "node:crypto";

/** What the ledger's table keeps of webhooks, beside flows. Times are milliseconds since 1970; `expires` is in seconds. */
export type WebhookItem = DeliveryItem | OriginItem | SlotItem | EndpointItem;

/** One notification on its way to one endpoint. */
export interface DeliveryItem {
  readonly kind: "delivery";
  readonly id: string;
  readonly notification: string;
  readonly flow: string;
  readonly epoch: number;
  readonly url: string;
  /** `waiting` has a message of its own, `parked` a slot behind its origin; the others are final. */
  readonly state: "waiting" | "parked" | "delivered" | "failed";
  /** That were made, whatever became of them. */
  readonly attempts: number;
  readonly createdAt: number;
  /** Not to be tried before. */
  readonly due?: number;
  /** Parked because its origin was down, so that it goes as soon as that is back. */
  readonly held?: boolean;
  readonly slot?: number;
  readonly attemptedAt?: number;
  /** The last answer's, where there was one. */
  readonly status?: number;
  /** Why the last attempt failed, or why there will be none, in our words. */
  readonly reason?: string;
  readonly expires: number;
}

/**
 * A receiver's scheme, host and port, from the first trouble on. What waits longer than a message may be hidden stands in slots of its own,
 * numbered from `head` to before `tail`; one message, the probe, stands for all of them.
 */
export interface OriginItem {
  readonly kind: "origin";
  readonly id: string;
  readonly origin: string;
  /** Failures without a success between them: those that say something of the whole origin, and those that may be one URL's own. */
  readonly unreached?: number;
  readonly failures?: number;
  /** It is down since then: everything for it is parked. */
  readonly since?: number;
  readonly reason?: string;
  readonly head?: number;
  readonly tail?: number;
  /** The id of the probe's message, since when it stands here, whether it has been sent, and when it is to work. */
  readonly probe?: string;
  readonly probeSetAt?: number;
  readonly probeSent?: boolean;
  readonly probeDue?: number;
  /** A copy of the probe is at work until then. */
  readonly turnEnd?: number;
  readonly expires: number;
}

export interface SlotItem {
  readonly kind: "slot";
  readonly id: string;
  /** The id of a delivery; empty where whoever took the number never came. */
  readonly delivery: string;
  readonly expires: number;
}

/** A URL that has once answered 410. It stays. */
export interface EndpointItem {
  readonly kind: "endpoint";
  readonly id: string;
  readonly origin: string;
  /** Nothing is sent there since then; absent where an operator has enabled it again. */
  readonly disabledAt?: number;
}

/** No flow's id has a slash. */
export const deliveryId = (notification: string, url: string) =>
  `webhook/delivery/${notification}/${hashOf(url)}`;
export const originId = (origin: string) => `webhook/origin/${origin}`;
export const slotId = (origin: string, slot: number) => `webhook/slot/${slot}/${origin}`;
export const endpointId = (url: string) => `webhook/endpoint/${hashOf(url)}`;

/** Short, and an id is no place for a path and its query, which may be as good as a password. */
const hashOf = (url: string) => createHash("sha256").update(url).digest("base64url");

/** Whether nothing will become of it any more. */
export function isFinal({ state }: Pick<DeliveryItem, "state">): boolean {
  return state === "delivered" || state === "failed";
}
