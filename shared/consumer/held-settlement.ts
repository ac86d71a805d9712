import { holdSeconds } from "../catalog/queue-settings.ts";
import { fraction } from "../clock/entropy.ts";
import { errorText } from "../flow/flow-record.ts";
import type { Settlement } from "../ledger/job-writes.ts";
import type { ConsumerPorts } from "./consumer-ports.ts";

type TimePorts = Pick<ConsumerPorts, "clock" | "profile" | "entropy">;

/** A job that waits for what has been missing `since` (ms since 1970): without an attempt, until it is worth another look. */
export function heldSettlement(
  ports: TimePorts,
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

/**
 * How long to wait for what has been missing since then (ms since 1970), in whole seconds. Longer the longer it lasts,
 * so that an outage of days stays far from `maxReceiveCount`; jittered downwards, so that all don't come at once and the
 * last comes within one hold of the end.
 */
export function jitteredHoldSeconds({ clock, profile, entropy }: TimePorts, since: number): number {
  const longest = holdSeconds((clock.now() - since) / 1000, profile);
  return Math.ceil(longest * (0.5 + fraction(entropy) / 2));
}
