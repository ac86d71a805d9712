import { PermanentError } from "../catalog/job-errors.ts";
import { leaseAlwaysAboveSeconds } from "../catalog/queue-settings.ts";
import { InvalidInputError, parseInput } from "../catalog/violation.ts";
import { fraction } from "../clock/entropy.ts";
import type { RunAddress } from "../envelope/address.ts";
import { isLetter } from "../envelope/dead-letter.ts";
import { NotAnEnvelopeError, parseEnvelope } from "../envelope/envelope.ts";
import { jobId } from "../flow/ids.ts";
import type { ReceivedMessage } from "../queue/queue.ts";
import { admitLetter } from "./admit-letter.ts";
import type { ConsumerPorts, ConsumerTools } from "./consumer-ports.ts";
import { type Delivery, type Disposition, hideUntil, type Permit } from "./delivery.ts";
import { endOverdue } from "./end-overdue.ts";
import { passBreakers } from "./gate.ts";
import { hold } from "./hold.ts";
import { takeLease } from "./lease.ts";
import { tellBreakers, verdictWithin } from "./outage.ts";
import { runHandler } from "./run-handler.ts";
import { settle } from "./settle.ts";
import { type Verdict, verdictOf } from "./verdict.ts";

/** C1 to C9 of the protocol, for one message whose address could be read. */
export async function runJob(
  ports: ConsumerTools,
  message: ReceivedMessage,
  written: RunAddress,
): Promise<Disposition> {
  const { clock } = ports;
  const delivery = await admit(ports, message, written);
  if ("kind" in delivery) return delivery;
  const { address } = delivery;
  const loading = lazily(() => load(ports, delivery));
  const passage = await passBreakers(ports, delivery, async () => !((await loading()) instanceof Error));
  if ("kind" in passage) return passage;
  const loaded = await loading();
  // The schema of the deploy that sent it took it: a slip between two deploys, which a roll back or the next one mends.
  if (loaded instanceof InvalidInputError)
    return hold(ports, delivery, { reason: brokenPaths(loaded), since: message.sentAt });
  const permit = needsLease(ports, delivery) ? await takeLease(ports, delivery) : unleased(ports);
  if ("kind" in permit) return permit;
  if (loaded instanceof PermanentError) return settle(ports, delivery, permit, unreadable(ports, loaded));
  const deadline = permit.startedAt + ports.job.timeoutSeconds * 1000;
  if (clock.now() >= deadline) return giveBack(ports, delivery, permit);
  const context = {
    id: jobId(address),
    key: address.key,
    flow: loaded.flow,
    run: address.run,
    attempt: permit.attempts + 1,
    ...(passage.probing.length > 0 ? { probing: true } : {}),
  };
  const outcome = await runHandler(ports.handler, loaded.input, context, { clock, deadline });
  const word = verdictOf(outcome, ports.job, permit.attempts, fraction(ports.entropy), ports.profile);
  const verdict = verdictWithin(ports, passage.probing, outcome, word);
  const disposition = await settle(ports, delivery, permit, verdict);
  await tellBreakers(ports, passage.probing, outcome, verdict);
  if (outcome.kind !== "stuck") return disposition;
  ports.log({ level: "warn", event: "job.stuck", job: context.id });
  // Not acknowledged even where it is settled: the process ends before the event source could delete it.
  const seconds = disposition.kind === "hide" ? disposition.seconds : 0;
  return { kind: "hide", seconds, stuck: true };
}

/** What the message is for by now. The job of an overdue flow is ended instead. */
async function admit(
  ports: ConsumerTools,
  message: ReceivedMessage,
  written: RunAddress,
): Promise<Delivery | Disposition> {
  const { clock, ledger } = ports;
  const delivery = isLetter(message)
    ? await admitLetter(ports, message, written)
    : { message, address: written };
  if (clock.now() <= delivery.address.deadline) return delivery;
  const flow = await ledger.read(written.flow);
  if (!flow || clock.now() > flow.deadline) return endOverdue(ports, delivery, flow);
  // Another job of the flow was redriven, which gave all of them its new deadline.
  return { ...delivery, address: { ...delivery.address, deadline: flow.deadline, again: true } };
}

/** What `make` answers, made once: when it is first asked for. */
function lazily<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The job's part of the envelope, wherever that is. What can't ever be read is a permanent error, what the schema refuses is not. */
async function load({ job, claimCheck, log }: ConsumerPorts, { message, address }: Delivery) {
  try {
    const body = await claimCheck.load(message);
    if (body !== message.body) {
      log({ level: "info", event: "payload.loaded", job: jobId(address), bytes: Buffer.byteLength(body) });
    }
    const { flow, jobs } = parseEnvelope(body);
    const entry = Object.hasOwn(jobs, address.key) ? jobs[address.key] : undefined;
    if (!entry || flow.id !== address.flow)
      throw new PermanentError("envelope: the job of the message, got another");
    if (entry.job !== job.name) throw new PermanentError(`envelope: a job ${job.name}, got ${entry.job}`);
    const input = await parseInput(job.input, entry.input);
    return { flow: { id: flow.id, name: flow.name, createdAt: new Date(flow.createdAt) }, input };
  } catch (error) {
    if (error instanceof PermanentError || error instanceof InvalidInputError) return error;
    if (error instanceof NotAnEnvelopeError) return new PermanentError(error.message);
    throw error;
  }
}

/**
 * Where the input breaks its schema, and no more: errors stand in the ledger and on letters, and a schema library's
 * messages may repeat the value, which is personal data.
 */
function brokenPaths({ violations }: InvalidInputError): string {
  return violations.map(({ path }) => `${path}: as the job's schema says, got something else`).join("; ");
}

/**
 * A lease costs a write, so it is taken only where two runs of the job would matter: the effect must happen once, the
 * message was delivered before, or a duplicate run would be long.
 */
function needsLease({ job }: ConsumerPorts, { message, address }: Delivery): boolean {
  return (
    Boolean(job.effect) ||
    message.receiveCount > 1 ||
    address.again ||
    job.timeoutSeconds > leaseAlwaysAboveSeconds
  );
}

function unleased({ clock }: ConsumerPorts): Permit {
  const now = clock.now();
  return { settler: { as: "unleased" }, attempts: 0, startedAt: now, leaseEnd: now };
}

function unreadable({ job, profile }: ConsumerPorts, error: PermanentError): Verdict {
  return verdictOf({ kind: "threw", error, timedOut: false }, job, 0, 0, profile);
}

/** The worker was paused for the whole of its time: nothing was started, so nothing is spent. */
async function giveBack(ports: ConsumerPorts, delivery: Delivery, permit: Permit): Promise<Disposition> {
  if (permit.settler.as === "unleased") return hideUntil(ports.clock.now(), ports.clock);
  const error = "paused before it started";
  return settle(ports, delivery, permit, { status: "retrying", error, waitSeconds: 0, countAttempt: false });
}
