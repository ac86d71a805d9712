import type { ConsumerPorts } from "./consumer-ports.ts";
import type { Delivery, Disposition } from "./delivery.ts";
import { heldSettlement } from "./held-settlement.ts";
import { settleAs } from "./settle.ts";

/**
 * Lets a job wait without an attempt and without a lease, since nothing was begun, for as long as what it waits for is
 * missing (`since`, in ms since 1970): a service that is down, or a schema that takes its input. The flow's deadline
 * ends it.
 */
export async function hold(
  ports: ConsumerPorts,
  delivery: Delivery,
  { reason, since }: { readonly reason: string; readonly since: number },
): Promise<Disposition> {
  const settlement = heldSettlement(ports, { reason, since });
  const disposition = await settleAs(ports, delivery, { as: "unleased" }, settlement);
  const seconds = (settlement.due - ports.clock.now()) / 1000;
  // A job whose worker died is refused, its lease long over: it waits as the others do, and its rule decides after that.
  return disposition.kind === "hide"
    ? { kind: "hide", seconds: Math.max(seconds, disposition.seconds) }
    : disposition;
}
