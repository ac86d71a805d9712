import type { DurationProfile } from "../catalog/queue-settings.ts";
import type { Clock } from "../clock/clock.ts";
import type { Entropy } from "../clock/entropy.ts";
import { checkMessage, type Source } from "../envelope/derived-message.ts";
import type { FlowRecord } from "../flow/flow-record.ts";
import { jobId } from "../flow/ids.ts";
import { hasLostItsCheck } from "../flow/lost-check.ts";
import type { JobRun } from "../ledger/job-writes.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log/event.ts";
import { tellWatchers } from "../notification/send-notice.ts";
import { dispatchQueue, type Queue } from "../queue/queue.ts";

/** What a failed job is opened again with. */
export interface ReopenPorts {
  readonly ledger: Ledger;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly profile: DurationProfile;
}

/**
 * R1 and R2 of the protocol: arms a check of the flow, then queues the failed job in its next run. In that order: a flow
 * that is open and has no check would never end, a check of a flow that is not open is dropped. A flow of which other jobs
 * are still open (`seen`, as it was read) has a check already, with all inputs: one with this letter's alone could take its turn, and
 * the others' could not be rebuilt any more. Answers the flow in which the run is
 * queued, undefined where the ledger says something else by now. Safe to repeat. Throws where the check could not be sent.
 */
export async function reopenJob(
  ports: ReopenPorts,
  letter: Source,
  job: JobRun,
  seen: FlowRecord | undefined,
): Promise<FlowRecord | undefined> {
  const { ledger, clock, log, profile } = ports;
  const hasCheck = seen !== undefined && seen.open > 0 && !hasLostItsCheck(seen, clock.now(), profile);
  if (!hasCheck) await armCheck(ports, letter, job.flow);
  const flow = await ledger.reopen(job);
  // The others have ended in between, and the check may have found nothing open.
  if (hasCheck && flow?.open === 1) await armCheck(ports, letter, job.flow);
  if (flow) log({ level: "info", event: "job.reopened", job: jobId(job) });
  await tellWatchers(ports, flow, job.key);
  return flow;
}

async function armCheck(ports: ReopenPorts, letter: Source, flow: string): Promise<void> {
  const check = checkMessage(ports, letter, { flow, armedAt: ports.clock.now() });
  const [failure] = await ports.queue.send(dispatchQueue, [check]);
  if (failure) throw new Error(`${dispatchQueue}: ${failure.reason}`);
}
