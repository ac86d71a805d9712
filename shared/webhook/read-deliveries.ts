import type { FlowRecord } from "../flow/flow-record.ts";
import type { Table } from "../ledger/table.ts";
import { type DeliveryView, deliveryView } from "./delivery-view.ts";
import { deliveryId, type WebhookItem } from "./records.ts";

/** How far a flow's notifications have come, of its present epoch. */
export type ReadDeliveries = (
  flow: Pick<FlowRecord, "id" | "epoch" | "notify" | "notifyDefault">,
) => Promise<readonly DeliveryView[] | undefined>;

/**
 * Reads them; undefined, and without a read, for a flow whose request asked for none. Of the default callers aren't told: it is the operator's. Throws what the table throws.
 */
export function createDeliveryReader({
  table,
}: {
  readonly table: Pick<Table<WebhookItem>, "get">;
}): ReadDeliveries {
  return async ({ id, epoch, notify, notifyDefault }) => {
    if (notify === undefined || notifyDefault) return undefined;
    const key = deliveryId(`${id}.${epoch}`);
    const item = (await table.get([key])).get(key);
    return [deliveryView(notify, item?.kind === "delivery" ? item : undefined)];
  };
}
