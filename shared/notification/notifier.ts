import type { Catalog } from "../catalog/catalog.ts";
import type { DurationProfile } from "../catalog/queue-settings.ts";
import { holdSeconds, longestHideSeconds, notifyLimits, queueSettings } from "../catalog/queue-settings.ts";
import type { Clock } from "../clock/clock.ts";
import { subjectOf } from "../envelope/address.ts";
import { noticeLetter, setAside, strangerLetter } from "../envelope/dead-letter.ts";
import { NotAnEnvelopeError } from "../envelope/envelope.ts";
import type { FlowRecord } from "../flow/flow-record.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log/event.ts";
import { notifyQueue, type Queue, type ReceivedMessage } from "../queue/queue.ts";
import { isProbe, type Probe, parseProbe } from "../webhook/probe-message.ts";
import { isEnd, type Notice, noticeId, parseNotice } from "./notice.ts";
import type { NotificationChannels } from "./notification.ts";
import { tell } from "./tell.ts";

/** All that telling works with. */
export interface NotifierPorts {
  readonly catalog: Catalog;
  readonly ledger: Pick<Ledger, "readMany">;
  readonly queue: Queue;
  readonly channels: NotificationChannels;
  readonly clock: Clock;
  readonly log: Log;
  readonly profile: DurationProfile;
}

/** Tells whoever asked. */
export interface Notifier {
  /**
   * Works one batch of the notify queue, its messages side by side, so that an endpoint that takes its time holds none of the others
   * back; answers the ids of the messages to be delivered again. `remaining` tells the milliseconds that are left for it, by default those
   * of a function that has just begun. Never throws.
   */
  process(messages: readonly ReceivedMessage[], remaining?: () => number): Promise<readonly string[]>;
}

/** What a message says, or why it can't be read. */
type Read = Notice | { readonly probe: Probe } | Error;

/** A notifier over its ports. */
export function createNotifier(ports: NotifierPorts): Notifier {
  return {
    async process(messages, remaining = wholeTime(ports)) {
      const read = messages.map(readNotice);
      const flows = readFlows(ports, read);
      const failed = await Promise.all(
        messages.map(async (message, index) => {
          const seconds = await workSafely(ports, message, read[index], { flows, remaining });
          if (seconds === undefined) return [];
          await hide(ports, message, seconds);
          return [message.id];
        }),
      );
      return failed.flat();
    },
  };
}

function wholeTime({ profile, clock }: NotifierPorts): () => number {
  const end = clock.now() + queueSettings(notifyLimits, profile).functionTimeoutSeconds * 1000;
  return () => end - clock.now();
}

function readNotice(message: ReceivedMessage): Read {
  try {
    return isProbe(message) ? { probe: parseProbe(message) } : parseNotice(message);
  } catch (error) {
    return error as Error;
  }
}

/** One read for the whole batch; consistent, so that it sees the very write that the notice is of. */
function readFlows(
  { ledger }: NotifierPorts,
  read: readonly Read[],
): Promise<ReadonlyMap<string, FlowRecord>> {
  const ids = read.flatMap((each) => (each instanceof Error || "probe" in each ? [] : [each.flow]));
  const flows = ledger.readMany(ids);
  // Each message that waits for it hears of its failure; where none does, nobody needs to.
  flows.catch(() => {});
  return flows;
}

interface Batch {
  readonly flows: Promise<ReadonlyMap<string, FlowRecord>>;
  /** Milliseconds. */
  readonly remaining: () => number;
}

/**
 * A message that was received more than three times is left out of SQS's age of the oldest, which alarms:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 * A probe may wait for days and nobody has to look, so it is received so often in its first minutes.
 */
const earlyReceives = 3;
const earlySeconds = 60;

/** Channels that know of no probes keep them for a deploy that does. */
async function takeTurn(
  ports: NotifierPorts,
  message: ReceivedMessage,
  probe: Probe,
  remaining: () => number,
): Promise<number | undefined> {
  if (!ports.channels.probe) return waitSeconds(ports, message);
  const seconds = await ports.channels.probe(probe, remaining);
  const isEarly = message.receiveCount <= earlyReceives;
  return seconds === undefined || !isEarly ? seconds : Math.min(seconds, earlySeconds);
}

/** For how many seconds the message is to be hidden; undefined where it is done. Trouble of our own makes it wait. */
async function workSafely(
  ports: NotifierPorts,
  message: ReceivedMessage,
  read: Read | undefined,
  { flows, remaining }: Batch,
): Promise<number | undefined> {
  try {
    if (!read || read instanceof Error) return await refuse(ports, message, read);
    if ("probe" in read) return await takeTurn(ports, message, read.probe, remaining);
    return await work(ports, message, read, await flows);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    ports.log({ level: "warn", event: "message.failed", ...subjectOf(notifyQueue, message), reason });
    return waitSeconds(ports, message);
  }
}

/** No notice of ours goes to the dead letters with its bytes; a newer one waits for the deploy that knows it. */
async function refuse(
  ports: NotifierPorts,
  message: ReceivedMessage,
  error: Error | undefined,
): Promise<number | undefined> {
  const { queue, log } = ports;
  const about = { ...subjectOf(notifyQueue, message), reason: error?.message ?? "" };
  if (!(error instanceof NotAnEnvelopeError)) {
    log({ level: "warn", event: "message.hidden", ...about });
    return waitSeconds(ports, message);
  }
  await setAside(queue, notifyQueue, strangerLetter(message, error.message));
  log({ level: "warn", event: "message.dead-lettered", ...about });
  return undefined;
}

async function work(
  ports: NotifierPorts,
  message: ReceivedMessage,
  notice: Notice,
  flows: ReadonlyMap<string, FlowRecord>,
): Promise<number | undefined> {
  const { log, queue } = ports;
  const flow = flows.get(notice.flow);
  const stale = staleness(notice, flow);
  if (!flow || stale !== undefined) {
    log({ level: "info", event: "message.dropped", flow: notice.flow, reason: stale ?? "no such flow" });
    return undefined;
  }
  const outcome = await tell(ports, notice, flow, message);
  const about = { flow: flow.id, notification: noticeId(notice) };
  switch (outcome.kind) {
    case "told":
      log({ level: "info", event: "notification.done", ...about });
      return undefined;
    case "later": {
      const seconds = outcome.seconds ?? waitSeconds(ports, message);
      log({ level: "warn", event: "notification.delayed", ...about, reason: outcome.reason, seconds });
      return seconds;
    }
    case "never":
      await setAside(queue, notifyQueue, noticeLetter(message, outcome.reason));
      log({ level: "warn", event: "message.dead-lettered", ...about, reason: outcome.reason });
      return undefined;
  }
}

/** Why an end needs not be told any more: a redrive has opened the flow again, and its next end has a notice of its own. */
function staleness(notice: Notice, flow: FlowRecord | undefined): string | undefined {
  if (!flow || !isEnd(notice) || (notice.epoch === flow.epoch && flow.open === 0)) return undefined;
  return `of epoch ${notice.epoch}, the flow is in ${flow.epoch}`;
}

/** Longer the longer it has failed: an outage of days costs little. Whole seconds. */
function waitSeconds({ clock, profile }: NotifierPorts, { sentAt }: ReceivedMessage): number {
  return Math.ceil(holdSeconds((clock.now() - sentAt) / 1000, profile));
}

/** Not hidden, it comes again after its visibility timeout. */
async function hide({ queue, log }: NotifierPorts, message: ReceivedMessage, seconds: number): Promise<void> {
  const whole = Math.min(longestHideSeconds, Math.max(0, Math.ceil(seconds)));
  await queue.hide(notifyQueue, message, whole).catch((error: unknown) => {
    log({
      level: "warn",
      event: "message.failed",
      ...subjectOf(notifyQueue, message),
      reason: String(error),
    });
  });
}
