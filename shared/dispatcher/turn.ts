import { dispatcherLimits, queueSettings } from "../catalog/queue-settings.ts";
import { encodeAddress, type SendAddress } from "../envelope/address.ts";
import { jobLetter, setAside } from "../envelope/dead-letter.ts";
import { definitionName, type FlowRecord, type JobRecord } from "../flow/flow-record.ts";
import { jobId, randomId } from "../flow/ids.ts";
import { overdueSettlement } from "../ledger/overdue.ts";
import { sendOwedNotice, tellWatchers } from "../notification/send-notice.ts";
import type { ReceivedMessage } from "../queue/queue.ts";
import type { DispatcherPorts, DispatchMessage } from "./dispatcher-ports.ts";
import { dueJob, type FlowOrder } from "./fan-out.ts";
import { readGates } from "./gates.ts";
import { checkNonce, hasWork, type Mend, mends } from "./mend.ts";

/** A message that takes a turn. */
type TurnMessage = DispatchMessage & { readonly address: Exclude<DispatchMessage["address"], SendAddress> };

/**
 * D2 of the protocol: the turn of a redelivered start, of one marked `again`, or of a check. Undefined where there is
 * nothing to do or somebody else has the turn, so that two chains of checks merge into one.
 */
export async function takeTurn(
  ports: DispatcherPorts,
  turn: TurnMessage,
  seen: FlowRecord | undefined,
): Promise<FlowOrder | undefined> {
  const { log } = ports;
  const { address } = turn;
  const drop = (reason: string, level: "info" | "warn") =>
    log({ level, event: "message.dropped", flow: address.flow, reason });
  if (!seen) drop("no such flow", "warn");
  if (!seen || !hasWork(seen)) return undefined;
  const flow = await turnOf(ports, address);
  if (flow) return mendFlow(ports, turn, flow);
  drop("another check has the turn", "info");
  return undefined;
}

/** Ends what is overdue, and says what is to be sent again, of a flow whose turn this message has. */
async function mendFlow(
  ports: DispatcherPorts,
  { message, address, envelope }: TurnMessage,
  flow: FlowRecord,
): Promise<FlowOrder> {
  const { log, clock, profile } = ports;
  const closes = address.kind === "close";
  const start = address.kind === "start";
  const now = (closes ? flow.closingAt : flow.checkedAt) ?? clock.now();
  const armedAt = address.kind === "check" ? address.armedAt : now;
  const visibilityOf = (definition: string) => visibilityMilliseconds(ports, definition);
  const gateOf = await readGates(ports, flow);
  const found = mends(flow, { now, armedAt, start, visibilityOf, gateOf, profile });
  const { ended, unclosed, unpaid } = await endJobs(ports, flow, message, found);
  if (ended > 0) log({ level: "warn", event: "flow.overdue", flow: flow.id, jobs: ended });
  // The next check comes in a quarter of an hour, which is later than the deadline's promise; this message comes back before.
  if (unclosed > 0) throw new Error(`every overdue job closed, got ${unclosed} whose close failed`);
  const left = flow.open - ended;
  log({ level: "info", event: "flow.checked", flow: flow.id, jobs: left });
  return {
    message,
    envelope,
    flow: flow.id,
    deadline: flow.deadline,
    again: true,
    armedAt: now,
    arm: left > 0 || unpaid > 0 ? (closes ? "close" : "check") : undefined,
    jobs: found.flatMap((mend) =>
      mend.kind === "send" && !closes && (start || canRebuild(envelope, mend.key))
        ? [{ ...dueJob(mend.key, mend.job), onlyIfEmpty: mend.onlyIfEmpty }]
        : [],
    ),
    ifRefused: start ? "put back" : "leave",
  };
}

/** A redrive's check carries the jobs of its letter alone: any other's worker would find no input, and fail the job for good. */
function canRebuild(envelope: DispatchMessage["envelope"], key: string): boolean {
  return envelope === undefined || Object.hasOwn(envelope.jobs, key);
}

/** A check without the envelope has a turn of its own, beside that of the checks which can rebuild: theirs comes first. */
function turnOf(
  { ledger, profile }: DispatcherPorts,
  { kind, flow, id }: TurnMessage["address"],
): Promise<FlowRecord | undefined> {
  const turnMilliseconds = profile.turnSeconds * 1000;
  if (kind !== "close") return ledger.takeTurn(flow, id, turnMilliseconds);
  const lostMilliseconds = profile.lostCheckSeconds * 1000;
  return ledger.takeClosingTurn(flow, id, { lostMilliseconds, turnMilliseconds });
}

/**
 * Closes what is past the deadline, then pays what this and earlier checks owe. One job's trouble (a queue that a deploy
 * removed, a throttle) holds no other back. Whose lease is alive isn't ended; what isn't paid now is the next check's.
 */
async function endJobs(
  ports: DispatcherPorts,
  flow: FlowRecord,
  message: ReceivedMessage,
  found: readonly Mend[],
): Promise<{ readonly ended: number; readonly unclosed: number; readonly unpaid: number }> {
  const owing: Ended[] = [];
  let ended = 0;
  let unclosed = 0;
  let unpaid = 0;
  for (const mend of found) {
    if (mend.kind === "repay") owing.push({ ...mend, flow });
    if (mend.kind !== "close") continue;
    const closed = await attempt(ports, flow, () => close(ports, flow, mend.key, mend.job));
    if (!closed) unclosed++;
    else owing.push(...closed);
    ended += closed?.length ?? 0;
  }
  for (const each of owing) {
    const paid = await attempt(ports, flow, () => pay(ports, message, each));
    if (!paid) unpaid++;
  }
  return { ended, unclosed, unpaid };
}

/** A job that a check has ended, in the flow as that end left it, or as it was found later. */
interface Ended {
  readonly flow: FlowRecord;
  readonly key: string;
  readonly job: JobRecord;
}

/** What the step answers; undefined where it threw, which is logged. */
async function attempt<Value>(
  { log }: DispatcherPorts,
  { id }: FlowRecord,
  step: () => Promise<Value>,
): Promise<Value | undefined> {
  try {
    return await step();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log({ level: "warn", event: "message.failed", flow: id, reason });
    return undefined;
  }
}

/** C9 of the protocol, for a check's ends. */
async function pay(ports: DispatcherPorts, message: ReceivedMessage, ended: Ended): Promise<true> {
  if (ended.job.status === "failed") await sendLetter(ports, message, ended);
  await sendOwedNotice(ports, ended.flow, ended.key, message);
  return true;
}

async function sendLetter(
  { queue, log }: DispatcherPorts,
  { attributes, ...message }: ReceivedMessage,
  { flow: { id: flow, deadline }, key, job }: Ended,
): Promise<void> {
  const address = { flow, key };
  const run = encodeAddress({ kind: "run", ...address, run: job.run, deadline, again: false });
  const letter = jobLetter({ ...message, attributes: { ...attributes, ...run } }, address, job);
  await setAside(queue, definitionName(key, job), letter);
  log({ level: "warn", event: "message.dead-lettered", job: jobId(address), reason: job.error ?? "" });
}

/** Fails a job that is past its flow's deadline; ends none where a lease is alive or it has ended meanwhile. */
async function close(
  ports: DispatcherPorts,
  flow: FlowRecord,
  key: string,
  seen: JobRecord,
): Promise<readonly Ended[]> {
  const { ledger, entropy, log } = ports;
  const job = { flow: flow.id, key, run: seen.run };
  const settlement = overdueSettlement(seen);
  const nonce = `${checkNonce}${randomId(entropy)}`;
  const answer = await ledger.settle(job, { as: "check" }, settlement, nonce);
  if (!answer.mine || !answer.flow || !answer.job) return [];
  log({ level: "warn", event: "job.failed", job: jobId(job), reason: settlement.error });
  if (answer.finished) log({ level: "info", event: "flow.finished", flow: flow.id, status: answer.finished });
  await tellWatchers(ports, answer.flow, key);
  return [{ flow: answer.flow, key, job: answer.job }];
}

function visibilityMilliseconds({ catalog, profile }: DispatcherPorts, definition: string): number {
  const limits = catalog.jobs.get(definition) ?? dispatcherLimits;
  return queueSettings(limits, profile).visibilityTimeoutSeconds * 1000;
}
