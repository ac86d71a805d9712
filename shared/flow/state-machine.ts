/**
 * The states of a job and the steps between them:
 *
 *     queued ─┬─▶ running ─┬─▶ succeeded
 *             │   ▲        ├─▶ failed ──(redrive)──▶ queued
 *     retrying ◀──┼────────┤
 *     held ◀──────┴────────┘
 *
 * A job without a lease goes from a waiting state to its end without passing through `running`.
 */
export const jobStatuses = ["queued", "retrying", "held", "running", "succeeded", "failed"] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** What a job waits in: nobody runs it under a lease. */
export const waitingStatuses = ["queued", "retrying", "held"] as const satisfies readonly JobStatus[];
/** What a job has not ended in. */
export const openStatuses = [...waitingStatuses, "running"] as const satisfies readonly JobStatus[];

const fromWaiting = ["running", "succeeded", "retrying", "held", "failed"] as const;

const transitions: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  queued: fromWaiting,
  retrying: fromWaiting,
  held: fromWaiting,
  // To itself: another owner, once the lease is over.
  running: ["succeeded", "retrying", "held", "failed", "running"],
  succeeded: [],
  // By a redrive only.
  failed: ["queued"],
};

export function canBecome(from: JobStatus, to: JobStatus): boolean {
  return transitions[from].includes(to);
}

/** How a job or a flow ends. */
export type FinalStatus = "succeeded" | "failed";

/** A job that has ended: only a redrive moves it on. */
export function isFinal(status: JobStatus): status is FinalStatus {
  return status === "succeeded" || status === "failed";
}

export type FlowStatus = "running" | FinalStatus;

/** A flow runs while a job is open; then it has succeeded, or failed where any job did. */
export function flowStatus(jobs: Iterable<{ readonly status: JobStatus }>): FlowStatus {
  let status: FlowStatus = "succeeded";
  for (const job of jobs) {
    if (!isFinal(job.status)) return "running";
    if (job.status === "failed") status = "failed";
  }
  return status;
}
