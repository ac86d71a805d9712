import type { JobDefinition } from "../catalog/job.ts";

/**
 * What the ledger keeps of a service that jobs depend on, or of a job that an operator paused: one item. Times are
 * milliseconds since 1970. There is none until the first outage.
 */
export interface Breaker {
  /** As `breakerId` makes it. */
  readonly id: string;
  /** The outage began: the breaker is open. */
  readonly since?: number;
  /** In the words of the adapter that found it. */
  readonly reason?: string;
  /** When a job last tried whether the service is back. */
  readonly probedAt?: number;
  /** An operator's pause began: nothing runs, and nothing probes. */
  readonly pausedAt?: number;
  /** The last outage or pause ended: from then on, what is waiting could have run. */
  readonly closedAt?: number;
}

/** Neither a flow's id nor a job's has a slash. */
const prefix = "breaker/";

export function breakerId(name: string): string {
  return `${prefix}${name}`;
}

/** Whose breaker it is. */
export function breakerName({ id }: Breaker): string {
  return id.slice(prefix.length);
}

/** The breakers that keep a job from running: of what it uses, and its own, on which a pause stands. */
export function breakersOf({ name, uses }: Pick<JobDefinition, "name" | "uses">): readonly string[] {
  return [...uses, name];
}

/** Whether it keeps jobs from running. */
export function isOpen({ since, pausedAt }: Breaker): boolean {
  return since !== undefined || pausedAt !== undefined;
}

/** Since when it has kept jobs from running; undefined where it doesn't. */
export function openSince({ since, pausedAt }: Breaker): number | undefined {
  return pausedAt !== undefined && since !== undefined ? Math.min(since, pausedAt) : (since ?? pausedAt);
}

/** Why it keeps jobs from running, for a job's record: the dependency's name and the adapter's words. */
export function openReason(breaker: Breaker): string {
  const name = breakerName(breaker);
  return breaker.pausedAt === undefined
    ? `${name}: ${breaker.reason ?? "down"}`
    : `${name}: paused by an operator`;
}
