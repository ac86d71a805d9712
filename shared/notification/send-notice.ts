import type { Clock } from "../clock/clock.ts";
import { type FlowRecord, jobOf } from "../flow/flow-record.ts";
import { isFinal } from "../flow/state-machine.ts";
import type { Log } from "../log/event.ts";
import {
  notifyQueue,
  type Queue,
  type QueueName,
  type ReceivedMessage,
  webhookQueue,
} from "../queue/queue.ts";
import { encodeNotice, type Notice, noticeId } from "./notice.ts";

export interface NoticePorts {
  readonly queue: Queue;
  readonly clock: Clock;
  readonly log: Log;
}

/** Whether a job's end was the flow's, of the epoch that it still is in: a redrive makes an older end count no more. */
function wasTheLast(flow: FlowRecord, key: string): boolean {
  const job = jobOf(flow, key);
  return job !== undefined && isFinal(job.status) && job.left === 0 && job.leftEpoch === flow.epoch;
}

function asksForWebhook({ notify, notifyDefaults }: FlowRecord): boolean {
  return notify !== undefined || notifyDefaults === true;
}

function isWatched({ watchedUntil = 0 }: FlowRecord, { clock }: Pick<NoticePorts, "clock">): boolean {
  return watchedUntil > clock.now();
}

/**
 * C9 of the protocol, where that job's end was the flow's: the notice of it for the endpoints that are to be told, and the one for those who watch,
 * before the job's message is deleted. Safe to repeat, which every copy of the message does (C8): the same end has the same notices.
 * They carry the message's trace.
 * @throws Error where one was not sent, so that the message is kept.
 */
export async function sendOwedNotice(
  ports: NoticePorts,
  flow: FlowRecord,
  key: string,
  { trace }: Pick<ReceivedMessage, "trace">,
): Promise<void> {
  if (!wasTheLast(flow, key)) return;
  const end = { flow: flow.id, epoch: flow.epoch };
  const owed = [
    ...(asksForWebhook(flow) ? [send(ports, webhookQueue, end, trace)] : []),
    ...(isWatched(flow, ports) ? [send(ports, notifyQueue, { ...end, toWatchers: true }, trace)] : []),
  ];
  if (owed.length === 0) return;
  await Promise.all(owed);
  ports.log({ level: "info", event: "notice.sent", flow: flow.id });
}

/** Whoever watches waits, and so does the job: what isn't sent by then is left to the next change. */
const patienceMilliseconds = 1000;

/**
 * A change of a job, where somebody watches its flow: the notice of it, but for the flow's own end, which has one that is owed. A
 * comfort: it takes a second at the most, and never throws.
 */
export async function tellWatchers(
  ports: NoticePorts,
  flow: FlowRecord | undefined,
  key: string,
): Promise<void> {
  const job = jobOf(flow, key);
  if (!flow || !job || !isWatched(flow, ports) || wasTheLast(flow, key)) return;
  const notice = { flow: flow.id, key, run: job.run, version: flow.version ?? 0 };
  const sent = send(ports, notifyQueue, notice).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    ports.log({ level: "info", event: "notice.lost", job: `${flow.id}.${key}`, reason });
  });
  await new Promise<void>((resolve) => {
    const cancel = ports.clock.after(patienceMilliseconds, resolve);
    void sent.then(cancel).then(resolve);
  });
}

async function send({ queue }: NoticePorts, name: QueueName, notice: Notice, trace?: string): Promise<void> {
  const message = { ...encodeNotice(notice), ...(trace === undefined ? {} : { trace }) };
  const [failure] = await queue.send(name, [message]);
  if (failure) throw new Error(`${name}: ${noticeId(notice)} was refused: ${failure.reason}`);
}
