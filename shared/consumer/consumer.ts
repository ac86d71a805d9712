import { breakersOf } from "../breaker/breaker.ts";
import { createBreakerWatch } from "../breaker/breaker-watch.ts";
import { jitteredHoldSeconds } from "../catalog/jittered-hold.ts";
import { longestHideSeconds, settleMarginSeconds } from "../catalog/queue-settings.ts";
import { parseAddress, subjectOf } from "../envelope/address.ts";
import { setAside, strangerLetter } from "../envelope/dead-letter.ts";
import { NotAnEnvelopeError, UnknownVersionError } from "../envelope/envelope.ts";
import type { ReceivedMessage } from "../queue/queue.ts";
import type { ConsumerPorts, ConsumerTools } from "./consumer-ports.ts";
import { acknowledge, type Disposition } from "./delivery.ts";
import { runJob } from "./run-job.ts";

/** Runs the jobs of one queue. */
export interface Consumer {
  /**
   * Works one batch, message after message; answers the ids of the messages to be delivered again. Never throws.
   * `remaining` tells how many milliseconds the invocation has left: what can't be done in them is handed back.
   */
  process(messages: readonly ReceivedMessage[], remaining: () => number): Promise<readonly string[]>;
}

/** A consumer over its ports. */
export function createConsumer(ports: ConsumerPorts): Consumer {
  const { job } = ports;
  const tools = { ...ports, watch: createBreakerWatch(ports, breakersOf(job)) };
  return {
    async process(messages, remaining) {
      const failed: string[] = [];
      for (const [index, message] of messages.entries()) {
        const rest = messages.slice(index);
        if (remaining() < (job.timeoutSeconds + settleMarginSeconds) * 1000) {
          return [...failed, ...(await handBack(ports, rest))];
        }
        const disposition = await workSafely(tools, message);
        if (disposition.kind === "acknowledge") continue;
        failed.push(message.id);
        await hide(ports, message, disposition.seconds);
        if (disposition.stuck) {
          const returned = await handBack(ports, rest.slice(1));
          ports.onStuck();
          return [...failed, ...returned];
        }
      }
      return failed;
    },
  };
}

/** Trouble of our own (the ledger or S3 out of reach) costs the job nothing: its message comes again. */
async function workSafely(ports: ConsumerTools, message: ReceivedMessage): Promise<Disposition> {
  try {
    return await work(ports, message);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    ports.log({ level: "warn", event: "message.failed", ...subjectOf(ports.job.name, message), reason });
    return { kind: "hide", seconds: jitteredHoldSeconds(ports, message.sentAt) };
  }
}

async function work(ports: ConsumerTools, message: ReceivedMessage): Promise<Disposition> {
  const { job, queue, log } = ports;
  try {
    const address = parseAddress(message.attributes);
    if (address.kind !== "run") throw new NotAnEnvelopeError(`errand: run, got ${address.kind}`);
    return await runJob(ports, message, address);
  } catch (error) {
    if (error instanceof NotAnEnvelopeError) {
      await setAside(queue, job.name, strangerLetter(message, error.message));
      log({
        level: "warn",
        event: "message.dead-lettered",
        ...subjectOf(job.name, message),
        reason: error.message,
      });
      return acknowledge;
    }
    if (error instanceof UnknownVersionError) {
      // From a newer deploy: a worker that knows it is on its way. No attempt is spent, nothing is set aside.
      log({ level: "warn", event: "message.hidden", ...subjectOf(job.name, message), reason: error.message });
      return { kind: "hide", seconds: jitteredHoldSeconds(ports, message.sentAt) };
    }
    throw error;
  }
}

/** Gives messages back at once: they have spent nothing, and another worker may be free. */
async function handBack(
  ports: ConsumerPorts,
  messages: readonly ReceivedMessage[],
): Promise<readonly string[]> {
  if (messages.length === 0) return [];
  ports.log({ level: "info", event: "batch.handed-back", queue: ports.job.name, jobs: messages.length });
  await Promise.all(messages.map((message) => hide(ports, message, 0)));
  return messages.map(({ id }) => id);
}

/** A message that can't be hidden comes again after its visibility timeout: later than it should, but it comes. */
async function hide(ports: ConsumerPorts, message: ReceivedMessage, seconds: number): Promise<void> {
  const { queue, job, log } = ports;
  const whole = Math.min(longestHideSeconds, Math.max(0, Math.ceil(seconds)));
  await queue.hide(job.name, message, whole).catch((error: unknown) => {
    log({ level: "warn", event: "message.failed", ...subjectOf(job.name, message), reason: String(error) });
  });
}
