import type { Catalog } from "../catalog/catalog.ts";
import { notifyLimits } from "../catalog/queue-settings.ts";
import type { FlowRecord } from "../flow/flow-record.ts";
import { type FlowView, flowView } from "../flow/flow-view.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { notifyQueue, type ReceivedMessage, webhookQueue } from "../queue/queue.ts";
import { isProbe } from "../webhook/probe-message.ts";
import { done, hideFor, type Next } from "./next.ts";
import { isEnd, type Notice, noticeId, parseNotice } from "./notice.ts";
import {
  createNoticeWorker,
  type NoticeWorker,
  type NoticeWorkerPorts,
  within,
  wordsOf,
} from "./notice-worker.ts";
import { readFlows } from "./read-flows.ts";

/** That a flow has ended, or a job of it has changed. */
export interface Notification {
  /** `<flow>.<epoch>` of an end, `<flow>.<key>.<run>.<version>` of a change: the same however often it is told. */
  readonly id: string;
  /** The flow as it stands now, which may be later than what is told: its `version` says so. */
  readonly flow: FlowView;
}

/** All that pushing works with. */
export interface PushWorkerPorts extends NoticeWorkerPorts {
  readonly catalog: Catalog;
  readonly ledger: Pick<Ledger, "readMany">;
  /**
   * Tells whoever watches the flow at the moment, at least once, so it must bear to be told again. What it throws is tried again within
   * seconds, for as long as somebody watches.
   */
  readonly push: (notification: Notification) => Promise<void>;
}

/** Tells those who watch a flow of its changes and its end. */
export function createPushWorker(ports: PushWorkerPorts): NoticeWorker {
  return createNoticeWorker<Notice | "probe">(ports, {
    queue: notifyQueue,
    limits: notifyLimits,
    read: (message) => (isProbe(message) ? "probe" : parseNotice(message)),
    begin(batch) {
      const flowOf = readFlows(
        ports,
        batch.filter((each) => each !== "probe"),
      );
      return async (notice, message) => {
        if (notice === "probe") return moveToWebhooks(ports, message);
        const flow = await flowOf(notice);
        if (!flow) return done;
        const next = await push(ports, notice, flow, message);
        // The push first: what is hidden comes again, and would be moved once more.
        return next.kind === "done" && isLeft(notice, flow) ? moveToWebhooks(ports, message) : next;
      };
    },
  });
}

async function push(
  ports: PushWorkerPorts,
  notice: Notice,
  flow: FlowRecord,
  { sentAt, receiveCount }: ReceivedMessage,
): Promise<Next> {
  const { clock, log, catalog } = ports;
  const { watchedUntil = 0 } = flow;
  // Watched when it was sent, or there is nobody to look for.
  if (watchedUntil <= sentAt) return done;
  const about = { flow: flow.id, notification: noticeId(notice) };
  const notification = { id: about.notification, flow: flowView(flow, catalog) };
  try {
    await within(clock, notifyLimits.timeoutSeconds, () => ports.push(notification));
  } catch (error) {
    // Nobody waits for ever.
    if (watchedUntil <= clock.now()) return done;
    // A page that waits must not wait for minutes.
    const seconds = Math.min(60, 2 ** receiveCount);
    log({ level: "warn", event: "notification.delayed", ...about, reason: wordsOf(error), seconds });
    return hideFor(seconds);
  }
  log({ level: "info", event: "notification.done", ...about });
  return done;
}

/** Whether an end was sent before webhooks had a queue of their own, by a deploy that has told both from this one. */
function isLeft(notice: Notice, { notify }: FlowRecord): boolean {
  return isEnd(notice) && !notice.toWatchers && notify !== undefined;
}

/** What such a deploy, or a redrive of its letters, has left here goes to the queue that is its own now, as it is. */
async function moveToWebhooks({ queue }: PushWorkerPorts, message: ReceivedMessage): Promise<Next> {
  const { body, attributes, trace } = message;
  const [failure] = await queue.send(webhookQueue, [{ body, attributes, trace }]);
  if (failure) throw new Error(`${webhookQueue}: a message was refused: ${failure.reason}`);
  return done;
}
