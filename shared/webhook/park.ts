import { webhookTimes } from "../catalog/queue-settings.ts";
import { randomId } from "../flow/ids.ts";
import { missing } from "../ledger/table.ts";
import { done, hideFor, type Next } from "../notification/next.ts";
import { webhookQueue } from "../queue/queue.ts";
import { asOrigin } from "./origins.ts";
import type { Parked } from "./parked.ts";
import { probeMessage } from "./probe-message.ts";
import { type DeliveryItem, type OriginItem, slotId } from "./records.ts";
import type { WebhookPorts } from "./webhook-ports.ts";
import {
  type Delivery,
  type DeliveryChange,
  deliveryParked,
  probeSent,
  probeSet,
  slotChanged,
  slotTaken,
} from "./writes.ts";

/**
 * Parks a delivery behind its origin, where it costs no message: its own record first, then the slot that this names, then the probe that
 * stands for all. In this order a probe never finds a slot whose delivery doesn't say yet that it waits there: it would pass by for good.
 * After a crash in between, the delivery's message comes again and goes on. Throws what the ports throw.
 */
export async function park(
  ports: WebhookPorts,
  delivery: Delivery,
  change: Omit<DeliveryChange, "state" | "slot">,
): Promise<Next> {
  const { number, origin } = await takeNumber(ports, new URL(delivery.url).origin);
  const { record } = await ports.table.update(
    deliveryParked(delivery, { ...change, slot: number }, ports.clock.now()),
  );
  return record?.kind === "delivery" ? leaveToProbe(ports, origin, record) : done;
}

/** Acknowledges the message of a delivery that is parked, or final by another copy, once it is in its slot and it is known who comes for it. */
export async function leaveToProbe(
  ports: WebhookPorts,
  origin: OriginItem | undefined,
  delivery: DeliveryItem,
): Promise<Next> {
  const { state, slot } = delivery;
  if (state !== "parked" || slot === undefined) return done;
  if (!(await putInSlot(ports, { ...delivery, slot }))) return parkAgain(ports, { ...delivery, slot });
  if (await ensureProbe(ports, origin, delivery)) return done;
  return hideFor(webhookTimes(ports.profile).probeSendSeconds);
}

/** A probe has closed its slot before it was there: another, by whichever copy of its message comes first. */
async function parkAgain(ports: WebhookPorts, { id, url, slot }: Parked): Promise<Next> {
  const { number, origin } = await takeNumber(ports, new URL(url).origin);
  const { record } = await ports.table.update(slotChanged(id, slot, number, ports.clock.now()));
  return record?.kind === "delivery" ? leaveToProbe(ports, origin, record) : done;
}

/** The next number behind the origin. */
async function takeNumber(
  { table, clock }: WebhookPorts,
  name: string,
): Promise<{ readonly number: number; readonly origin: OriginItem }> {
  const origin = asOrigin((await table.update(slotTaken(name, clock.now()))).record);
  if (!origin?.tail) throw new Error("an update that gave no number");
  return { number: origin.tail - 1, origin };
}

/**
 * Whether the delivery is in its slot. Each number is decided by one conditional put: a probe that finds it empty closes it, and whoever comes
 * too late takes another.
 */
async function putInSlot(
  { table }: WebhookPorts,
  { id, url, slot, expires }: Pick<Parked, "id" | "url" | "slot" | "expires">,
): Promise<boolean> {
  const item = { kind: "slot", id: slotId(new URL(url).origin, slot), delivery: id, expires } as const;
  const put = await table.put(item, missing(["id"]));
  // Refused by ourselves, where the answer to our first try was lost.
  return put.applied || (put.record?.kind === "slot" && put.record.delivery === id);
}

/**
 * Gives a parked delivery a slot at the end; the new slot first, since it waits in the old one until its record says otherwise. False where it
 * was changed meanwhile: then the one that it had counts.
 */
export async function moveToEnd(ports: WebhookPorts, delivery: Parked): Promise<boolean> {
  const { number } = await takeNumber(ports, new URL(delivery.url).origin);
  if (!(await putInSlot(ports, { ...delivery, slot: number }))) return moveToEnd(ports, delivery);
  const moved = slotChanged(delivery.id, delivery.slot, number, ports.clock.now());
  return (await ports.table.update(moved)).applied;
}

/**
 * Sees that a probe comes for a parked delivery, and in time: sends one where there is none, where it is lost, or where it would come too late.
 * False where another worker is about to send it: only when that is known to be done may the delivery's own message go. The record comes
 * before the send, so that a message which isn't in the record can end itself at once.
 */
async function ensureProbe(
  ports: WebhookPorts,
  seen: OriginItem | undefined,
  delivery: Pick<DeliveryItem, "url" | "due" | "held">,
): Promise<boolean> {
  const { table, clock, entropy } = ports;
  const { origin } = new URL(delivery.url);
  const now = clock.now();
  const due = delivery.held ? now : (delivery.due ?? now);
  if (seen?.probe === undefined || isLost(ports, seen) || comesTooLate(ports, seen, delivery.held, due)) {
    const probe = { id: randomId(entropy), due, setAt: now };
    const { applied, record } = await table.update(probeSet(origin, seen?.probe, probe));
    // Another was faster: its probe is as good, unless it isn't.
    return applied ? sendProbe(ports, origin, probe) : ensureProbe(ports, asOrigin(record), delivery);
  }
  if (seen.probeSent === true) return true;
  if ((seen.probeSetAt ?? 0) + webhookTimes(ports.profile).probeSendSeconds * 1000 > now) return false;
  return sendProbe(ports, origin, { id: seen.probe, due });
}

async function sendProbe(
  { queue, table, clock }: WebhookPorts,
  origin: string,
  { id, due }: { readonly id: string; readonly due: number },
): Promise<true> {
  const message = probeMessage({ origin, id }, (due - clock.now()) / 1000);
  const [failure] = await queue.send(webhookQueue, [message]);
  if (failure) throw new Error(`an endpoint's probe can't be sent: ${failure.reason}`);
  await table.update(probeSent(origin, id));
  return true;
}

/** Behind an origin that is down all wait for the probe, whenever that comes. */
function comesTooLate(
  { profile }: WebhookPorts,
  { probeDue = 0 }: OriginItem,
  held: boolean | undefined,
  due: number,
): boolean {
  return held !== true && probeDue > due + webhookTimes(profile).probeSlackSeconds * 1000;
}

/** A purge took its message, or the queue will have kept it for too long. */
export function isLost(
  { clock, profile }: Pick<WebhookPorts, "clock" | "profile">,
  { probeDue = 0, probeSetAt = 0, turnEnd = 0 }: OriginItem,
): boolean {
  const { probeLostSeconds, probeLifeSeconds } = webhookTimes(profile);
  const now = clock.now();
  return (
    Math.max(probeDue, turnEnd) + probeLostSeconds * 1000 < now || probeSetAt + probeLifeSeconds * 1000 < now
  );
}
