import { createHash } from "node:crypto";

/** What the ledger's table keeps of webhooks, beside flows. Times are milliseconds since 1970; `expires` is in seconds. */
export type WebhookItem = DeliveryItem | LineItem | SlotItem;

/** One notification on its way to one endpoint. */
export interface DeliveryItem {
  readonly kind: "delivery";
  readonly id: string;
  readonly notification: string;
  readonly flow: string;
  readonly epoch: number;
  readonly url: string;
  /** Only because the URL was one of the operator's: it ends when that is no more. */
  readonly byDefault?: true;
  /** `waiting` has a message of its own, `parked` a slot in a line; the others are final. */
  readonly state: "waiting" | "parked" | "delivered" | "failed";
  /** That were made, whatever became of them. */
  readonly attempts: number;
  readonly createdAt: number;
  /** Not to be tried before. */
  readonly due?: number;
  /** Parked because its origin or its endpoint was down, so that it goes as soon as that is back. */
  readonly held?: boolean;
  /** Where it is parked: in which line, by default its origin's, and with which number. */
  readonly line?: Line;
  readonly slot?: number;
  readonly attemptedAt?: number;
  /** The last answer's, where there was one. */
  readonly status?: number;
  /** Why the last attempt failed, or why there will be none, in our words. */
  readonly reason?: string;
  readonly expires: number;
}

/**
 * Where deliveries wait: behind an origin (scheme, host and port), or behind one endpoint of it (a URL), as `<origin>#<hash of the URL>`: no
 * URL that is kept has a fragment.
 */
export type Line = string;

/** Of a URL, or of an endpoint's line. */
export const originLine = (url: string): Line => new URL(url).origin;
export const endpointLine = (url: string): Line => `${originLine(url)}#${hashOf(url)}`;

/** In which line a delivery is parked. One of an older deploy doesn't say: its origin's. */
export function lineOf({ line, url }: Pick<DeliveryItem, "line" | "url">): Line {
  return line ?? originLine(url);
}

/** Whether a text is one. */
export function isLine(text: unknown): text is Line {
  if (typeof text !== "string" || !URL.canParse(text)) return false;
  const { origin } = new URL(text);
  return (
    text === origin || (text.startsWith(`${origin}#`) && hashPattern.test(text.slice(origin.length + 1)))
  );
}

/**
 * An origin or an endpoint, from the first trouble on. What waits longer than a message may be hidden stands in slots of its own,
 * numbered from `head` to before `tail`; one message, the probe, stands for all of them.
 */
export interface LineItem {
  readonly kind: "origin" | "endpoint";
  readonly id: string;
  readonly line: Line;
  /** Failures of its own without a success between them: of an origin, posts that found no connection; of an endpoint, posts that hung. */
  readonly unreached?: number;
  /** Of an origin, without a success between them: endpoints that went down, since they hung, and failures that were answers. */
  readonly hung?: number;
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
  /** Of an endpoint that has once answered 410: nothing is sent there since then. It stays, until an operator enables it again. */
  readonly disabledAt?: number;
  readonly expires?: number;
}

export interface SlotItem {
  readonly kind: "slot";
  readonly id: string;
  /** The id of a delivery; empty where whoever took the number never came. */
  readonly delivery: string;
  readonly expires: number;
}

/** No flow's id has a slash. */
export const deliveryId = (notification: string, endpoint: Line) =>
  `webhook/delivery/${notification}/${hashIn(endpoint)}`;
export const slotId = (line: Line, slot: number) => `webhook/slot/${slot}/${line}`;
export const endpointId = (url: string) => lineId(endpointLine(url));

export function lineId(line: Line): string {
  const hash = hashIn(line);
  return hash === undefined ? `webhook/origin/${line}` : `webhook/endpoint/${hash}`;
}

function hashIn(line: Line): string | undefined {
  return line.split("#")[1];
}

export function kindOfLine(line: Line): LineItem["kind"] {
  return line.includes("#") ? "endpoint" : "origin";
}

/** As `base64url` writes 32 bytes. */
const hashPattern = /^[\w-]{43}$/;

/** Short, and an id is no place for a path and its query, which may be as good as a password. */
const hashOf = (url: string) => createHash("sha256").update(url).digest("base64url");

/** Whether nothing will become of it any more. */
export function isFinal({ state }: Pick<DeliveryItem, "state">): boolean {
  return state === "delivered" || state === "failed";
}
