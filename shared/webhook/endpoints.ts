import type { Clock } from "../clock/clock.ts";
import { exists, type Table } from "../ledger/table.ts";
import { endpointId, endpointLine, type WebhookItem } from "./records.ts";
import { always } from "./writes.ts";

type Ports = { readonly table: Table<WebhookItem>; readonly clock: Clock };

/** Has nothing more sent to a URL, which has answered 410. Others of its origin may be well. */
export async function disableEndpoint({ table, clock }: Ports, url: string): Promise<void> {
  await table.update({
    id: endpointId(url),
    when: always,
    set: [
      { path: ["kind"], to: "endpoint" },
      { path: ["line"], to: endpointLine(url) },
      { path: ["disabledAt"], to: clock.now(), unlessSet: true },
    ],
    remove: [["expires"]],
  });
}

/** Has notifications sent to a URL again, those of flows that end from now on. False where it wasn't disabled. */
export async function enableEndpoint({ table }: Pick<Ports, "table">, url: string): Promise<boolean> {
  const answer = await table.update({
    id: endpointId(url),
    when: exists(["disabledAt"]),
    // An update sets something, or DynamoDB refuses it.
    set: [{ path: ["kind"], to: "endpoint" }],
    remove: [["disabledAt"]],
  });
  return answer.applied;
}

/** Whether an item that was asked for by a URL's id says that it is disabled. */
export function isDisabled(item: WebhookItem | undefined): boolean {
  return item?.kind === "endpoint" && item.disabledAt !== undefined;
}
