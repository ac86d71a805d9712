import { holdSeconds } from "../catalog/queue-settings.ts";
import { fraction } from "../clock/entropy.ts";
import { errorText } from "../flow/flow-record.ts";
import type { ReceivedMessage } from "../queue/queue.ts";
import type { ConsumerPorts } from "./consumer-ports.ts";
import type { Delivery, Disposition } from "./delivery.ts";
import { settleAs } from "./settle.ts";

/**
 * Lets a job wait without an attempt, for as long as what it waits for is missing: a schema that takes its input. The
 * schema of the deploy that sent it took it, so this is a slip between two deploys, which a roll back or the next deploy
 * mends; the flow's deadline ends it. Without a lease, since nothing was begun.
 */
export async function hold(ports: ConsumerPorts, delivery: Delivery, reason: string): Promise<Disposition> {
  const seconds = Math.ceil(jitteredHoldSeconds(ports, delivery.message));
  const due = ports.clock.now() + seconds * 1000;
  const settlement = { status: "held", countAttempt: false, due, error: errorText(reason) } as const;
  const disposition = await settleAs(ports, delivery, { as: "unleased" }, settlement);
  // A job whose worker died is refused, its lease long over: it waits as the others do, and its rule decides after that.
  return disposition.kind === "hide"
    ? { kind: "hide", seconds: Math.max(seconds, disposition.seconds) }
    : disposition;
}

/** Longer the longer it lasts, so that an outage of days stays far from `maxReceiveCount`; jittered, so that all don't come at once. */
export function jitteredHoldSeconds(
  { clock, profile, entropy }: ConsumerPorts,
  { sentAt }: ReceivedMessage,
): number {
  return holdSeconds((clock.now() - sentAt) / 1000, profile) * (0.75 + fraction(entropy) / 2);
}
