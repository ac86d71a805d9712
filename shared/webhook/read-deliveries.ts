import type { FlowRecord } from "../flow/flow-record.ts";
import type { Table } from "../ledger/table.ts";
import { type DeliveryView, deliveryView } from "./delivery-view.ts";
import { deliveryId, endpointLine, type Line, type WebhookItem } from "./records.ts";

/** How far a flow's notifications have come, of its present epoch. */
export type ReadDeliveries = (
  flow: Pick<FlowRecord, "id" | "epoch" | "notify" | "notifyDefaults">,
) => Promise<readonly DeliveryView[] | undefined>;

export interface DeliveryReaderPorts {
  readonly table: Pick<Table<WebhookItem>, "get">;
  /** The operator's endpoints, which callers aren't told of. Default none. */
  readonly defaults?: readonly Line[];
}

/**
 * Reads them, the request's own first; undefined, and without a read, for a flow of which nobody is told. Throws what the table throws.
 */
export function createDeliveryReader({ table, defaults = [] }: DeliveryReaderPorts): ReadDeliveries {
  return async ({ id, epoch, notify, notifyDefaults }) => {
    const own = notify === undefined ? [] : [endpointLine(notify)];
    const endpoints = [...new Set([...own, ...(notifyDefaults ? defaults : [])])];
    if (endpoints.length === 0) return undefined;
    const idOf = (endpoint: Line) => deliveryId(`${id}.${epoch}`, endpoint);
    const items = await table.get(endpoints.map(idOf));
    return endpoints.map((endpoint) => {
      const item = items.get(idOf(endpoint));
      return deliveryView(endpoint, item?.kind === "delivery" ? item : undefined);
    });
  };
}
