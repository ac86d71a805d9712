import { type FlowRecord, jobOf } from "../flow/flow-record.ts";
import { isFinal } from "../flow/state-machine.ts";
import { graceEnd, overdueSettlement } from "../ledger/overdue.ts";
import type { ConsumerPorts } from "./consumer-ports.ts";
import { type Delivery, type Disposition, hideUntil } from "./delivery.ts";
import { refusedBy, settleAs } from "./settle.ts";

/**
 * C1 of the protocol, past the flow's deadline: nothing is started. The job is ended right here, since its message may be
 * the only one that has its input: a check of a flow that lost its own has none for the letter.
 */
export async function endOverdue(
  ports: ConsumerPorts,
  delivery: Delivery,
  flow: FlowRecord | undefined,
): Promise<Disposition> {
  const { clock, profile } = ports;
  const { key, run } = delivery.address;
  const job = jobOf(flow, key);
  if (!flow || job?.run !== run || isFinal(job.status)) return refusedBy(ports, delivery, flow, "overdue");
  const end = graceEnd(flow, profile);
  if (clock.now() <= end) return hideUntil(end + 1, clock);
  return settleAs(ports, delivery, { as: "check" }, overdueSettlement(job));
}
