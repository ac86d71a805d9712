import { webhookTimes } from "../catalog/queue-settings.ts";
import type { FlowView } from "../flow/flow-view.ts";
import { done, hideFor, type Next } from "../notification/next.ts";
import { attempt } from "./attempt.ts";
import { isDisabled } from "./endpoints.ts";
import { asOrigin, isTroubled, noteAttempt } from "./origins.ts";
import { leaveToProbe, park } from "./park.ts";
import { takeProbeTurn } from "./probe.ts";
import type { Probe } from "./probe-message.ts";
import { deliveryId, endpointId, isFinal, type OriginItem, originId } from "./records.ts";
import { logChange } from "./webhook-log.ts";
import type { WebhookPorts } from "./webhook-ports.ts";
import { type Delivery, type DeliveryChange, deliveryChanged } from "./writes.ts";

/** A flow's end, and one endpoint that is to be told. */
export interface WebhookNotification {
  /** The same at each endpoint and for every attempt: it names the event, and receivers know repeats by it. */
  readonly id: string;
  readonly flow: string;
  /** The flow's, when it ended. */
  readonly epoch: number;
  readonly url: string;
  /** The flow's, as it ended. Default: read when it is posted. */
  readonly view?: FlowView;
}

/**
 * Tells receivers over HTTPS. Both answer what is to become of the message; they throw what the ports throw, and may be repeated. `remaining` tells
 * the milliseconds that a turn has.
 */
export interface WebhookChannel {
  deliver(notification: WebhookNotification): Promise<Next>;
  probe(probe: Probe, remaining: () => number): Promise<Next>;
}

export function createWebhookChannel(ports: WebhookPorts): WebhookChannel {
  return {
    deliver: (notification) => deliver(ports, notification),
    probe: (probe, remaining) => takeProbeTurn(ports, probe, remaining),
  };
}

async function deliver(ports: WebhookPorts, notification: WebhookNotification): Promise<Next> {
  const { table, clock } = ports;
  const { view } = notification;
  const { origin: name } = new URL(notification.url);
  const ids = [
    deliveryId(notification.id, notification.url),
    originId(name),
    endpointId(notification.url),
  ] as const;
  const found = await table.get(ids);
  const item = found.get(ids[0]);
  const known = item?.kind === "delivery" ? item : undefined;
  const origin = asOrigin(found.get(ids[1]));
  const disabled = isDisabled(found.get(ids[2]));
  if (known && isFinal(known)) return done;
  if (known?.state === "parked") return leaveToProbe(ports, origin, known);

  const now = clock.now();
  const delivery = known ?? asDelivery(notification, now);
  // Down: nobody waits for an answer that won't come, and no message waits for its turn.
  if (origin?.since !== undefined && !disabled) return parkBehind(ports, delivery, origin, delivery);
  if ((known?.due ?? 0) > now) return hideFor(((known?.due ?? 0) - now) / 1000);

  const { change, ...seen } = await attempt(ports, delivery, { disabled, ...(view ? { view } : {}) });
  const after = await noteAttempt(ports, delivery, seen, origin);
  return settle(ports, delivery, change, after);
}

async function settle(
  ports: WebhookPorts,
  delivery: Delivery,
  change: DeliveryChange,
  origin: OriginItem | undefined,
): Promise<Next> {
  const { table, clock, profile } = ports;
  const now = clock.now();
  const wait = (change.due ?? now) - now;
  const isLong = wait > webhookTimes(profile).longestHideSeconds * 1000;
  if (!isFinal(change) && (isLong || isTroubled(origin))) return parkBehind(ports, delivery, origin, change);
  const { record } = await table.update(deliveryChanged(delivery, change, now));
  logChange(ports, delivery, change);
  const final = record?.kind === "delivery" && isFinal(record);
  return final ? done : hideFor(wait / 1000);
}

/** What is known of it goes with it; behind an origin that is down it waits for that alone. */
function parkBehind(
  ports: WebhookPorts,
  delivery: Delivery,
  origin: OriginItem | undefined,
  change: Delivery | DeliveryChange,
): Promise<Next> {
  const due = change.due ?? ports.clock.now();
  return park(ports, delivery, { ...change, due, ...(origin?.since === undefined ? {} : { held: true }) });
}

function asDelivery({ id, flow, epoch, url }: WebhookNotification, now: number): Delivery {
  return { id: deliveryId(id, url), notification: id, flow, epoch, url, attempts: 0, createdAt: now };
}
