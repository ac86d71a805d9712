import type { FlowRecord } from "../flow/flow-record.ts";
import type { Table } from "../ledger/table.ts";
import { type DeliveryView, deliveryView } from "./delivery-view.ts";
import { deliveryId, type WebhookItem } from "./records.ts";

/** How far a flow's notifications have come, of its present epoch. */
export type ReadDeliveries = (
  flow: Pick<FlowRecord, "id" | "epoch" | "notify">,
) => Promise<readonly DeliveryView[] | undefined>;

/**
 * Reads them; undefined, and without a read, for a flow whose request asked for none. Of default endpoints callers aren't told: they are the operator's. Throws what
 * the table throws.
 */
export function createDeliveryReader({
  table,
}: {
  readonly table: Pick<Table<WebhookItem>, "get">;
}): ReadDeliveries {
  return async ({ id, epoch, notify }) => {
    if (notify === undefined) return undefined;
    const key = deliveryId(`${id}.${epoch}`, notify);
    const item = (await table.get([key])).get(key);
    return [deliveryView(notify, item?.kind === "delivery" ? item : undefined)];
  };
}
