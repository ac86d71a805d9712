import type { DurationProfile } from "../catalog/queue-settings.ts";
import { definitionName, type FlowRecord, type JobRecord } from "../flow/flow-record.ts";
import { isFinal } from "../flow/state-machine.ts";
import { graceEnd } from "../ledger/overdue.ts";

/** What a turn finds to do for one job. */
export type Mend =
  /** A check ended the job, and may have died before it had paid what it owed. */
  | { readonly kind: "repay"; readonly key: string; readonly job: JobRecord }
  /** Past the deadline: end it. */
  | { readonly kind: "close"; readonly key: string; readonly job: JobRecord }
  /** Its message may be lost: send it again, where `onlyIfEmpty` only if its queue has none. */
  | { readonly kind: "send"; readonly key: string; readonly job: JobRecord; readonly onlyIfEmpty: boolean };

/** The settles of a check carry a nonce with this prefix, so that the next check knows them. */
export const checkNonce = "check:";

export interface Turn {
  readonly now: number;
  /** The turn before: what became due since then is this one's. */
  readonly armedAt: number;
  /** A start sends every job that is still queued: else a dispatcher's crash costs an hour where a queue is never empty. */
  readonly start: boolean;
  /** By definition name: how long a received message of its queue stays hidden, in ms. */
  readonly visibilityOf: (definition: string) => number;
  /** By definition name: what keeps its jobs from running, or did. */
  readonly gateOf: (definition: string) => Gate;
  readonly profile: DurationProfile;
}

/** The breakers of a job, together. */
export interface Gate {
  /** One of them keeps the job from running. */
  readonly shut: boolean;
  /** The last of them closed then, in ms since 1970; 0 where none ever did. */
  readonly closedAt: number;
}

/** D2 of the protocol, for the record that the turn returned. Pure, so that a redelivery computes the same. */
export function mends(flow: FlowRecord, turn: Turn): readonly Mend[] {
  const overdue = turn.now > graceEnd(flow, turn.profile);
  return Object.entries(flow.jobs).flatMap(([key, job]): readonly Mend[] => {
    if (isFinal(job.status)) return owes(job, turn) ? [{ kind: "repay", key, job }] : [];
    if (overdue) return [{ kind: "close", key, job }];
    if (turn.start && job.status === "queued") return [{ kind: "send", key, job, onlyIfEmpty: false }];
    const runnable = runnableAt(flow, key, job, turn);
    if (runnable === undefined || runnable > turn.now) return [];
    return [{ kind: "send", key, job, onlyIfEmpty: !stepPassed(job, runnable, turn) }];
  });
}

/** Whether a turn would have anything to do: an open flow always has, to arm its next check. */
export function hasWork(flow: FlowRecord): boolean {
  return flow.open > 0 || Object.values(flow.jobs).some((job) => isFinal(job.status) && endedByCheck(job));
}

/**
 * A debt is paid again for an hour after the end. Nobody writes down that it was paid, and one letter whose queue is gone
 * for good would otherwise repeat all others of its flow every 15 minutes: 2 783 times in 29 days [simulated].
 */
function owes(job: JobRecord, { now, profile }: Turn): boolean {
  const [hour = 0] = profile.resendAfterSeconds;
  return endedByCheck(job) && (job.finishedAt ?? 0) > now - hour * 1000;
}

function endedByCheck(job: JobRecord): boolean {
  return job.by?.startsWith(checkNonce) ?? false;
}

/**
 * When the job could have run, had its message been there; undefined while a breaker keeps it from it. Sent at every
 * check of an outage, a backlog once fed itself up to 359 copies a flow [simulated].
 */
function runnableAt(
  flow: FlowRecord,
  key: string,
  job: JobRecord,
  { visibilityOf, gateOf }: Turn,
): number | undefined {
  const definition = definitionName(key, job);
  if (job.status === "running") return (job.leaseEnd ?? flow.createdAt) + visibilityOf(definition);
  const { shut, closedAt } = gateOf(definition);
  return shut ? undefined : Math.max(job.due ?? flow.createdAt, closedAt);
}

/** Whether one of the times at which a job is sent whatever its queue holds lies between the turn before and this one. */
function stepPassed(job: JobRecord, runnable: number, { armedAt, now, profile }: Turn): boolean {
  const afterSeconds =
    job.status === "running" ? [0, ...profile.resendAfterSeconds] : profile.resendAfterSeconds;
  return afterSeconds.some((seconds) => {
    const step = runnable + seconds * 1000;
    return step > armedAt && step <= now;
  });
}
