import { breakerId, openReason } from "../breaker/breaker.ts";
import { settleMarginSeconds } from "../catalog/queue-settings.ts";
import { jobLetter, setAside } from "../envelope/dead-letter.ts";
import { NotAnEnvelopeError } from "../envelope/envelope.ts";
import { type FlowRecord, type JobRecord, jobOf } from "../flow/flow-record.ts";
import { jobId, randomId } from "../flow/ids.ts";
import { isFinal } from "../flow/state-machine.ts";
import type { Settlement, Settler } from "../ledger/job-writes.ts";
import type { SettleAnswer } from "../ledger/ledger.ts";
import { sendOwedNotice, tellWatchers } from "../notification/send-notice.ts";
import type { ConsumerPorts } from "./consumer-ports.ts";
import { acknowledge, type Delivery, type Disposition, hideUntil, type Permit } from "./delivery.ts";
import { heldSettlement } from "./held-settlement.ts";
import type { Verdict } from "./verdict.ts";

/** C6 and C7 of the protocol: writes down what became of an attempt, and pays what that end owes. */
export async function settle(
  ports: ConsumerPorts,
  delivery: Delivery,
  permit: Permit,
  verdict: Verdict,
): Promise<Disposition> {
  const { clock, log } = ports;
  const { settler, startedAt, leaseEnd } = permit;
  if (verdict.status === "unknown") {
    const job = jobId(delivery.address);
    log({ level: "warn", event: "job.outcome-unknown", job, reason: verdict.error });
    return hideUntil(leaseEnd + 1, clock);
  }
  const begun = settler.as === "unleased" ? { startedAt } : {};
  const settlement = { ...begun, ...settlementOf(ports, delivery, verdict) };
  return settleAs(ports, delivery, settler, settlement, startedAt + ports.job.timeoutSeconds * 1000);
}

function settlementOf(
  ports: ConsumerPorts,
  { address: { deadline } }: Delivery,
  verdict: Exclude<Verdict, { status: "unknown" }>,
): Settlement {
  const now = ports.clock.now();
  switch (verdict.status) {
    case "succeeded":
    case "failed":
      return { ...verdict, countAttempt: true };
    case "held": {
      const { dependency, error, since = now } = verdict;
      const reason = openReason({ id: breakerId(dependency), reason: error });
      return heldSettlement(ports, { reason, since });
    }
    case "retrying": {
      const { status, error, waitSeconds, countAttempt } = verdict;
      // To the whole second in which the message comes back: due any later, it would find the job not due.
      const wait = Math.min(Math.ceil(waitSeconds) * 1000, Math.max(0, deadline - now));
      return { status, due: now + wait, error, countAttempt };
    }
  }
}

/**
 * One conditional write; its refusal is not an error, but the word of whoever was first. `deadline` is that of the attempt which it
 * settles, in ms since 1970: until then the time is the job's own. Default now. Throws what the ledger throws in the end.
 */
export async function settleAs(
  ports: ConsumerPorts,
  delivery: Delivery,
  settler: Settler,
  settlement: Settlement,
  deadline = 0,
): Promise<Disposition> {
  const { clock } = ports;
  const answer = await settlePatiently(ports, delivery, settler, settlement, deadline);
  if (!answer.mine || !answer.flow || !answer.job) return refusedBy(ports, delivery, answer.flow, "settle");
  logSettled(ports, delivery, answer.job, answer.finished);
  if (settler.as === "check")
    ports.log({ level: "warn", event: "flow.overdue", flow: delivery.address.flow, jobs: 1 });
  await tellWatchers(ports, answer.flow, delivery.address.key);
  if (settlement.due !== undefined) return hideUntil(settlement.due, clock);
  await payOwed(ports, delivery, answer.flow, answer.job);
  return acknowledge;
}

/** How long a settle is repeated while the ledger is out of reach: within the margin that every job starts with. */
const patienceMilliseconds = (settleMarginSeconds - 2) * 1000;
const longestPauseMilliseconds = 5000;

/**
 * What came of the attempt only we know: a throttle of a few seconds must not cost a second mail, nor an attempt of a job that is held.
 * So it is repeated for all that is left of the job's own time, and a little more. The nonce stays the same, so that a settle whose
 * answer was lost is recognised.
 */
async function settlePatiently(
  { ledger, entropy, clock }: ConsumerPorts,
  { address }: Delivery,
  settler: Settler,
  settlement: Settlement,
  deadline: number,
): Promise<SettleAnswer> {
  const nonce = randomId(entropy);
  const end = Math.max(clock.now(), deadline) + patienceMilliseconds;
  for (let pause = 200; ; pause = Math.min(longestPauseMilliseconds, pause * 2)) {
    try {
      return await ledger.settle(address, settler, settlement, nonce);
    } catch (error) {
      if (clock.now() + pause > end) throw error;
      await new Promise<void>((resolve) => clock.after(pause, resolve));
    }
  }
}

/**
 * C8 of the protocol: what the ledger says instead. An ended job's message repeats what that end owed, since whoever
 * ended it may have died before it paid; a job that waits or that another runs hides the message, never acknowledges it.
 */
export async function refusedBy(
  ports: ConsumerPorts,
  delivery: Delivery,
  flow: FlowRecord | undefined,
  step: "lease" | "settle" | "overdue",
): Promise<Disposition> {
  const { clock, log } = ports;
  const { address } = delivery;
  const job = jobOf(flow, address.key);
  if (!flow || !job) throw new NotAnEnvelopeError("job: one that the ledger has, got another");
  log({ level: "info", event: "job.refused", job: jobId(address), status: job.status, reason: step });
  if (job.run !== address.run) return acknowledge;
  if (isFinal(job.status)) {
    await payOwed(ports, delivery, flow, job);
    return acknowledge;
  }
  return hideUntil((job.status === "running" ? job.leaseEnd : job.due) ?? clock.now(), clock);
}

/** C9 of the protocol, before the job's message is deleted: a failed job's letter, and the notice where it was the flow's last. */
async function payOwed(
  ports: ConsumerPorts,
  { message, address }: Delivery,
  flow: FlowRecord,
  job: JobRecord,
): Promise<void> {
  const { queue, log } = ports;
  if (job.status === "failed") {
    await setAside(queue, ports.job.name, jobLetter(message, address, job));
    log({ level: "warn", event: "message.dead-lettered", job: jobId(address), reason: job.error ?? "" });
  }
  await sendOwedNotice(ports, flow, address.key, message);
}

function logSettled(
  { log, clock }: ConsumerPorts,
  { address }: Delivery,
  job: JobRecord,
  finished: SettleAnswer["finished"],
): void {
  const about = { job: jobId(address), attempts: job.attempts };
  const reason = job.error === undefined ? {} : { reason: job.error };
  const milliseconds = clock.now() - (job.startedAt ?? clock.now());
  if (job.status === "succeeded")
    log({ level: "info", event: "job.succeeded", ...about, ...reason, milliseconds });
  if (job.status === "failed") log({ level: "warn", event: "job.failed", ...about, ...reason, milliseconds });
  if (job.status === "retrying" || job.status === "held") {
    const seconds = Math.ceil(((job.due ?? clock.now()) - clock.now()) / 1000);
    log({ level: "warn", event: `job.${job.status}`, ...about, ...reason, seconds });
  }
  if (finished) log({ level: "info", event: "flow.finished", flow: address.flow, status: finished });
}
