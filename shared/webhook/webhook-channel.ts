import { webhookTimes } from "../catalog/queue-settings.ts";
import type { FlowView } from "../flow/flow-view.ts";
import { done, hideFor, type Next } from "../notification/next.ts";
import { attempt } from "./attempt.ts";
import { isDisabled } from "./endpoints.ts";
import { asLine, downOf, isTroubled, type Lines, noteAttempt } from "./lines.ts";
import { leaveToProbe, park } from "./park.ts";
import { takeProbeTurn } from "./probe.ts";
import type { Probe } from "./probe-message.ts";
import { deliveryId, endpointLine, isFinal, lineId, lineOf, originLine } from "./records.ts";
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
  /** Whether the URL is the operator's, and not the request's as well. Default false. */
  readonly byDefault?: boolean;
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
  const { view, url } = notification;
  const [origin, endpoint] = [originLine(url), endpointLine(url)];
  const own = deliveryId(notification.id, endpoint);
  const found = await table.get([own, lineId(origin), lineId(endpoint)]);
  const item = found.get(own);
  const known = item?.kind === "delivery" ? item : undefined;
  const lines = {
    origin: asLine(found.get(lineId(origin)), origin),
    endpoint: asLine(found.get(lineId(endpoint)), endpoint),
  };
  const disabled = isDisabled(found.get(lineId(endpoint)));
  if (known && isFinal(known)) return done;
  if (known?.state === "parked")
    return leaveToProbe(ports, lineOf(known) === origin ? lines.origin : lines.endpoint, known);

  const now = clock.now();
  const delivery = known ?? asDelivery(notification, now);
  // Down: nobody waits for an answer that won't come, and no message waits for its turn.
  if (downOf(lines) && !disabled) return parkBehind(ports, delivery, lines, delivery);
  if ((known?.due ?? 0) > now) return hideFor(((known?.due ?? 0) - now) / 1000);

  const { change, ...seen } = await attempt(ports, delivery, { disabled, ...(view ? { view } : {}) });
  return settle(ports, delivery, change, await noteAttempt(ports, delivery, seen, lines));
}

async function settle(
  ports: WebhookPorts,
  delivery: Delivery,
  change: DeliveryChange,
  lines: Lines,
): Promise<Next> {
  const { table, clock, profile } = ports;
  const now = clock.now();
  const wait = (change.due ?? now) - now;
  const isLong = wait > webhookTimes(profile).longestHideSeconds * 1000;
  if (!isFinal(change) && (isLong || isTroubled(lines) || downOf(lines)))
    return parkBehind(ports, delivery, lines, change);
  const { record } = await table.update(deliveryChanged(delivery, change, now));
  logChange(ports, delivery, change);
  const final = record?.kind === "delivery" && isFinal(record);
  return final ? done : hideFor(wait / 1000);
}

/** What is known of it goes with it; in a line that is down it waits for that alone, and else in its origin's for its time. */
function parkBehind(
  ports: WebhookPorts,
  delivery: Delivery,
  lines: Lines,
  change: Delivery | DeliveryChange,
): Promise<Next> {
  const down = downOf(lines);
  const due = change.due ?? ports.clock.now();
  const line = down?.line ?? originLine(delivery.url);
  return park(ports, line, delivery, { ...change, due, ...(down ? { held: true } : {}) });
}

function asDelivery({ id, flow, epoch, url, byDefault }: WebhookNotification, now: number): Delivery {
  return {
    id: deliveryId(id, endpointLine(url)),
    notification: id,
    flow,
    epoch,
    url,
    ...(byDefault ? { byDefault } : {}),
    attempts: 0,
    createdAt: now,
  };
}
