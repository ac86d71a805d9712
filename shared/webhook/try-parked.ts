import { webhookTimes } from "../catalog/queue-settings.ts";
import { type Attempt, attempt } from "./attempt.ts";
import { isDisabled } from "./endpoints.ts";
import { noteAttempt } from "./origins.ts";
import { asParked, type Parked } from "./parked.ts";
import { endpointId, isFinal, type OriginItem } from "./records.ts";
import { logChange } from "./webhook-log.ts";
import type { WebhookPorts } from "./webhook-ports.ts";
import { deliveryChanged } from "./writes.ts";

/** What became of a parked delivery. */
export interface Tried {
  readonly delivered: boolean;
  /** The delivery where it goes on waiting in its slot. */
  readonly kept?: Parked;
  /** Where its URL has asked for it: when the next may be posted there. */
  readonly rest?: number;
  /** Its origin as it stands after it. */
  readonly origin: OriginItem;
}

/** One attempt at a parked delivery, recorded. While its origin is down it is one of those that go as soon as that is back. */
export async function tryParked(ports: WebhookPorts, delivery: Parked, known: OriginItem): Promise<Tried> {
  const { table, clock } = ports;
  const id = endpointId(delivery.url);
  const disabled = isDisabled((await table.get([id])).get(id));
  const { change, ...seen } = await attempt(ports, delivery, { disabled });
  const origin = (await noteAttempt(ports, delivery, seen, known)) ?? known;
  const held = origin.since === undefined ? {} : { held: true };
  const recorded = isFinal(change)
    ? change
    : { ...change, ...held, state: "parked" as const, slot: delivery.slot };
  const { record } = await table.update(deliveryChanged(delivery, recorded, clock.now()));
  logChange(ports, delivery, recorded);
  const kept = asParked(record, delivery.slot);
  return {
    delivered: change.state === "delivered",
    ...(kept ? { kept } : {}),
    ...restOf(ports, seen),
    origin,
  };
}

function restOf(
  { clock, profile }: WebhookPorts,
  { verdict }: Pick<Attempt, "verdict">,
): { readonly rest?: number } {
  if (verdict.kind !== "failed" || verdict.retryAfterSeconds === undefined) return {};
  const seconds = Math.min(verdict.retryAfterSeconds, webhookTimes(profile).longestRestSeconds);
  return { rest: clock.now() + seconds * 1000 };
}
