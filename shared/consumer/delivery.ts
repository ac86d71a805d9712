import type { Clock } from "../clock/clock.ts";
import type { RunAddress } from "../envelope/address.ts";
import type { Settler } from "../ledger/job-writes.ts";
import type { ReceivedMessage } from "../queue/queue.ts";

/** A message being worked, and the job that it is for. */
export interface Delivery {
  readonly message: ReceivedMessage;
  readonly address: RunAddress;
}

/** The right to run one attempt. */
export interface Permit {
  readonly settler: Extract<Settler, { as: "owner" | "unleased" }>;
  /** Attempts that counted before this one. */
  readonly attempts: number;
  /** Ms since 1970, from before the lease was written: a worker paused in between starts nothing late. */
  readonly startedAt: number;
  readonly leaseEnd: number;
}

/** What becomes of a message: deleted, or hidden and delivered again. `stuck` ends the batch. */
export type Disposition =
  | { readonly kind: "acknowledge" }
  | { readonly kind: "hide"; readonly seconds: number; readonly stuck?: boolean };

export const acknowledge: Disposition = { kind: "acknowledge" };

/** Hides a message until a time in ms since 1970. */
export function hideUntil(time: number, clock: Clock): Disposition {
  return { kind: "hide", seconds: (time - clock.now()) / 1000 };
}
