import { missing } from "../ledger/table.ts";
import { type DeliveryItem, type Line, type LineItem, lineOf, slotId, type WebhookItem } from "./records.ts";
import type { WebhookPorts } from "./webhook-ports.ts";
import { expiresFrom } from "./writes.ts";

/** How many slots are read at a time: what one BatchGetItem takes. */
export const windowSize = 100;

/** A delivery that waits in its slot. */
export type Parked = DeliveryItem & { readonly slot: number };

/**
 * What waits in the slots `from` to before `to`, in their order. A number that somebody took and has put nothing in is closed. Throws what
 * the table throws.
 */
export async function readParked(
  { table, clock }: Pick<WebhookPorts, "table" | "clock">,
  { line }: Pick<LineItem, "line">,
  from: number,
  to: number,
): Promise<readonly Parked[]> {
  const ids = Array.from({ length: to - from }, (_, index) => slotId(line, from + index));
  const slots = await table.get(ids);
  const expires = expiresFrom(clock.now());
  const deliveries = await Promise.all(
    ids.map(async (id) => {
      const there = slots.get(id);
      if (there) return deliveryOf(there);
      const closed = await table.put({ kind: "slot", id, delivery: "", expires }, missing(["id"]));
      return deliveryOf(closed.record);
    }),
  );
  const items = await table.get([...new Set(deliveries.filter((id) => id !== ""))]);
  return deliveries.flatMap((id, index) => asParked(items.get(id), line, from + index) ?? []);
}

/** The item as one that waits in that slot. A slot counts only where its delivery says the same: one that was moved leaves it behind. */
export function asParked(item: WebhookItem | undefined, line: Line, slot: number): Parked | undefined {
  return item?.kind === "delivery" && item.state === "parked" && item.slot === slot && lineOf(item) === line
    ? { ...item, slot }
    : undefined;
}

function deliveryOf(item: WebhookItem | undefined): string {
  return item?.kind === "slot" ? item.delivery : "";
}
