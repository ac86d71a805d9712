import { webhookTimes } from "../catalog/queue-settings.ts";
import { randomId } from "../flow/ids.ts";
import { missing } from "../ledger/table.ts";
import { done, hideFor, type Next } from "../notification/next.ts";
import { webhookQueue } from "../queue/queue.ts";
import { asLine, writeLine } from "./lines.ts";
import type { Parked } from "./parked.ts";
import { probeMessage } from "./probe-message.ts";
import { isLost, isTooLate, turnFor } from "./probe-schedule.ts";
import { type DeliveryItem, type Line, type LineItem, lineOf, slotId } from "./records.ts";
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
 * Parks a delivery in a line, where it costs no message: its own record first, then the slot that this names, then the probe that
 * stands for all. In this order a probe never finds a slot whose delivery doesn't say yet that it waits there: it would pass by for good.
 * After a crash in between, the delivery's message comes again and goes on. Throws what the ports throw.
 */
export async function park(
  ports: WebhookPorts,
  line: Line,
  delivery: Delivery,
  change: Omit<DeliveryChange, "state" | "line" | "slot">,
): Promise<Next> {
  const { number, seen } = await takeNumber(ports, line);
  const { record } = await ports.table.update(
    deliveryParked(delivery, { ...change, line, slot: number }, ports.clock.now()),
  );
  if (record?.kind !== "delivery") return done;
  // Another copy of its message may have parked it elsewhere.
  return leaveToProbe(ports, lineOf(record) === line ? seen : undefined, record);
}

/** Acknowledges the message of a delivery that is parked, or final by another copy, once it is in its slot and it is known who comes for it. */
export async function leaveToProbe(
  ports: WebhookPorts,
  seen: LineItem | undefined,
  delivery: DeliveryItem,
): Promise<Next> {
  const { state, slot, due = 0 } = delivery;
  // Another copy has tried it meanwhile and lets it wait. Both may be one message, received twice.
  if (state === "waiting") return hideFor((due - ports.clock.now()) / 1000);
  if (state !== "parked" || slot === undefined) return done;
  if (!(await putInSlot(ports, { ...delivery, slot }))) return parkAgain(ports, { ...delivery, slot });
  if (await ensureProbe(ports, seen, delivery)) return done;
  return hideFor(webhookTimes(ports.profile).probeSendSeconds);
}

/** A probe has closed its slot before it was there: another, by whichever copy of its message comes first. */
async function parkAgain(ports: WebhookPorts, delivery: Parked): Promise<Next> {
  const { id, slot } = delivery;
  const { number, seen } = await takeNumber(ports, lineOf(delivery));
  const { record } = await ports.table.update(slotChanged(id, slot, number, ports.clock.now()));
  return record?.kind === "delivery" ? leaveToProbe(ports, seen, record) : done;
}

/** The next number in the line. */
async function takeNumber(
  ports: WebhookPorts,
  line: Line,
): Promise<{ readonly number: number; readonly seen: LineItem }> {
  const seen = asLine((await writeLine(ports, slotTaken(line))).record, line);
  if (!seen?.tail) throw new Error("an update that gave no number");
  return { number: seen.tail - 1, seen };
}

/**
 * Whether the delivery is in its slot. Each number is decided by one conditional put: a probe that finds it empty closes it, and whoever comes
 * too late takes another.
 */
async function putInSlot(
  { table }: WebhookPorts,
  delivery: Pick<Parked, "id" | "url" | "line" | "slot" | "expires">,
): Promise<boolean> {
  const { id, slot, expires } = delivery;
  const item = { kind: "slot", id: slotId(lineOf(delivery), slot), delivery: id, expires } as const;
  const put = await table.put(item, missing(["id"]));
  // Refused by ourselves, where the answer to our first try was lost.
  return put.applied || (put.record?.kind === "slot" && put.record.delivery === id);
}

/**
 * Gives a parked delivery a slot at the end; the new slot first, since it waits in the old one until its record says otherwise. False where it
 * was changed meanwhile: then the one that it had counts.
 */
export async function moveToEnd(ports: WebhookPorts, delivery: Parked): Promise<boolean> {
  const { number } = await takeNumber(ports, lineOf(delivery));
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
  seen: LineItem | undefined,
  delivery: Pick<DeliveryItem, "url" | "line" | "due" | "held">,
): Promise<boolean> {
  const { table, clock, entropy } = ports;
  const line = lineOf(delivery);
  const now = clock.now();
  if (seen?.probe === undefined || isLost(ports, seen) || isTooLate(ports, seen, delivery)) {
    const probe = { id: randomId(entropy), due: turnFor(ports, seen, delivery), setAt: now };
    const { applied, record } = await table.update(probeSet(line, seen?.probe, probe));
    // Another was faster: its probe is as good, unless it isn't.
    return applied ? sendProbe(ports, line, probe) : ensureProbe(ports, asLine(record, line), delivery);
  }
  if (seen.probeSent === true) return true;
  if ((seen.probeSetAt ?? 0) + webhookTimes(ports.profile).probeSendSeconds * 1000 > now) return false;
  return sendProbe(ports, line, { id: seen.probe, due: seen.probeDue ?? now });
}

async function sendProbe(
  { queue, table, clock }: WebhookPorts,
  line: Line,
  { id, due }: { readonly id: string; readonly due: number },
): Promise<true> {
  const message = probeMessage({ line, id }, (due - clock.now()) / 1000);
  const [failure] = await queue.send(webhookQueue, [message]);
  if (failure) throw new Error(`a probe can't be sent: ${failure.reason}`);
  await table.update(probeSent(line, id));
  return true;
}
