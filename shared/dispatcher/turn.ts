import { dispatcherLimits, queueSettings } from "../catalog/queue-settings.ts";
import { encodeAddress } from "../envelope/address.ts";
import { jobLetter, setAside } from "../envelope/dead-letter.ts";
import { definitionName, type FlowRecord, type JobRecord } from "../flow/flow-record.ts";
import { jobId, randomId } from "../flow/ids.ts";
import type { ReceivedMessage } from "../queue/queue.ts";
import type { DispatcherPorts, DispatchMessage } from "./dispatcher-ports.ts";
import { dueJob, type FlowOrder } from "./fan-out.ts";
import { checkNonce, hasWork, type Mend, mends } from "./mend.ts";

/**
 * D2 of the protocol: the turn of a redelivered start, of one marked `again`, or of a check. Undefined where there is
 * nothing to do or somebody else has the turn, so that two chains of checks merge into one.
 */
export async function takeTurn(
  ports: DispatcherPorts,
  { message, address, envelope }: DispatchMessage,
  seen: FlowRecord | undefined,
): Promise<FlowOrder | undefined> {
  const { ledger, log, clock, profile } = ports;
  if (!seen || !hasWork(seen)) return undefined;
  const flow = await ledger.takeTurn(address.flow, address.id, profile.turnSeconds * 1000);
  if (!flow) {
    log({
      level: "info",
      event: "message.dropped",
      flow: address.flow,
      reason: "another check has the turn",
    });
    return undefined;
  }
  const now = flow.checkedAt ?? clock.now();
  const start = address.kind === "start";
  const armedAt = address.kind === "check" ? address.armedAt : now;
  const visibilityOf = (definition: string) => visibilityMilliseconds(ports, definition);
  const found = mends(flow, { now, armedAt, start, visibilityOf, profile });
  const left = flow.open - (await endJobs(ports, flow, message, found));
  log({ level: "info", event: "flow.checked", flow: flow.id, jobs: left });
  return {
    message,
    envelope,
    flow: flow.id,
    deadline: flow.deadline,
    again: true,
    armedAt: now,
    arm: left > 0,
    jobs: found.flatMap((mend) =>
      mend.kind === "send" ? [{ ...dueJob(mend.key, mend.job), onlyIfEmpty: mend.onlyIfEmpty }] : [],
    ),
  };
}

/** Pays what earlier checks owed and closes what is past the deadline; answers how many jobs it ended. */
async function endJobs(
  ports: DispatcherPorts,
  flow: FlowRecord,
  message: ReceivedMessage,
  found: readonly Mend[],
): Promise<number> {
  let ended = 0;
  for (const mend of found) {
    if (mend.kind === "send") continue;
    const job = mend.kind === "repay" ? mend.job : await close(ports, flow, mend.key, mend.job);
    if (!job) continue;
    if (mend.kind === "close") ended++;
    if (job.status !== "failed") continue;
    const address = { flow: flow.id, key: mend.key };
    const run = encodeAddress({
      kind: "run",
      ...address,
      run: job.run,
      deadline: flow.deadline,
      again: false,
    });
    const letter = jobLetter(
      { body: message.body, attributes: { ...message.attributes, ...run } },
      address,
      job,
    );
    await setAside(ports.queue, definitionName(mend.key, job), letter);
    ports.log({
      level: "warn",
      event: "message.dead-lettered",
      job: jobId(address),
      reason: job.error ?? "",
    });
  }
  return ended;
}

/** Fails a job that is past its flow's deadline; undefined where a lease is alive or it has ended meanwhile. */
async function close(
  { ledger, entropy, log }: DispatcherPorts,
  flow: FlowRecord,
  key: string,
  { run }: JobRecord,
): Promise<JobRecord | undefined> {
  const settlement = { status: "failed", countAttempt: false, error: "deadline" } as const;
  const nonce = `${checkNonce}${randomId(entropy)}`;
  const answer = await ledger.settle({ flow: flow.id, key, run }, { as: "check" }, settlement, nonce);
  if (!answer.mine) return undefined;
  log({ level: "warn", event: "job.failed", job: jobId({ flow: flow.id, key }), reason: "deadline" });
  if (answer.finished) log({ level: "info", event: "flow.finished", flow: flow.id, status: "failed" });
  return answer.job;
}

function visibilityMilliseconds({ catalog, profile }: DispatcherPorts, definition: string): number {
  const limits = catalog.jobs.get(definition) ?? dispatcherLimits;
  return queueSettings(limits, profile).visibilityTimeoutSeconds * 1000;
}
