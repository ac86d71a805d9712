import { jitteredHoldSeconds } from "../catalog/jittered-hold.ts";
import { errorText } from "../flow/flow-record.ts";
import type { Settlement } from "../ledger/job-writes.ts";
import type { ConsumerPorts } from "./consumer-ports.ts";

/** A job that waits for what has been missing `since` (ms since 1970): without an attempt, until it is worth another look. */
export function heldSettlement(
  ports: Pick<ConsumerPorts, "clock" | "profile" | "entropy">,
  { reason, since }: { readonly reason: string; readonly since: number },
): Settlement & { readonly due: number } {
  return {
    status: "held",
    countAttempt: false,
    due: ports.clock.now() + jitteredHoldSeconds(ports, since) * 1000,
    heldSince: since,
    error: errorText(reason),
  };
}
