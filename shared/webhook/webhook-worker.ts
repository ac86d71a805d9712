import type { Catalog } from "../catalog/catalog.ts";
import { webhookLimits } from "../catalog/queue-settings.ts";
import { NotAnEnvelopeError } from "../envelope/envelope.ts";
import type { FlowRecord } from "../flow/flow-record.ts";
import { flowView } from "../flow/flow-view.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { done, hideFor, type Next } from "../notification/next.ts";
import { type EndNotice, isEnd, noticeId, parseNotice } from "../notification/notice.ts";
import {
  afterTrouble,
  createNoticeWorker,
  type NoticeWorker,
  type NoticeWorkerPorts,
  within,
} from "../notification/notice-worker.ts";
import { readFlows } from "../notification/read-flows.ts";
import { type ReceivedMessage, webhookQueue } from "../queue/queue.ts";
import { isProbe, type Probe, parseProbe } from "./probe-message.ts";
import type { WebhookChannel } from "./webhook-channel.ts";

/** All that telling webhooks works with. */
export interface WebhookWorkerPorts extends NoticeWorkerPorts {
  readonly catalog: Catalog;
  readonly ledger: Pick<Ledger, "readMany">;
  readonly channel: WebhookChannel;
  /** The operator's endpoints, which are told of each flow that was accepted while there were any. */
  readonly defaults: readonly string[];
}

type Said = EndNotice | { readonly probe: Probe };

/** Tells flows' ends to the endpoints that are to hear of them: one message for all of a flow's. */
export function createWebhookWorker(ports: WebhookWorkerPorts): NoticeWorker {
  return createNoticeWorker<Said>(ports, {
    queue: webhookQueue,
    limits: webhookLimits,
    read,
    begin(batch, remaining) {
      const flowOf = readFlows(
        ports,
        batch.filter((said): said is EndNotice => !("probe" in said)),
      );
      return async (said, message) => {
        if ("probe" in said) return early(message, await ports.channel.probe(said.probe, remaining));
        const flow = await flowOf(said);
        return flow ? tell(ports, said, flow, message) : done;
      };
    },
  });
}

/**
 * Tells all endpoints of a flow side by side, so that none waits for another: each has its own record, and one that is told or parked is so once. Trouble of ours
 * with one keeps none of the others from its time.
 */
async function tell(
  ports: WebhookWorkerPorts,
  notice: EndNotice,
  flow: FlowRecord,
  message: ReceivedMessage,
): Promise<Next> {
  const { clock, channel, catalog } = ports;
  const about = { id: noticeId(notice), flow: flow.id, epoch: notice.epoch, view: flowView(flow, catalog) };
  const told = endpointsOf(ports, flow).map((url) => {
    const byDefault = url !== flow.notify;
    return within(clock, webhookLimits.timeoutSeconds, () =>
      channel.deliver({ ...about, url, byDefault }),
    ).catch((error: unknown) => afterTrouble(ports, { queue: webhookQueue }, message, error));
  });
  return together(await Promise.all(told));
}

/** Of one message for several: hidden until the first of those that wait is due, and done when none does. */
function together(all: readonly Next[]): Next {
  // It is about to expire, and nobody else waits for so long.
  const letter = all.find(({ kind }) => kind === "letter");
  const waits = all.flatMap((next) => (next.kind === "hide" ? [next.seconds] : []));
  return letter ?? (waits.length === 0 ? done : hideFor(Math.min(...waits)));
}

/** The request's own, and the operator's beside it. One that is both is told once. */
function endpointsOf({ defaults }: WebhookWorkerPorts, { notify, notifyDefaults }: FlowRecord): string[] {
  const own = notify === undefined ? [] : [notify];
  return [...new Set([...own, ...(notifyDefaults ? defaults : [])])];
}

function read(message: ReceivedMessage): Said {
  if (isProbe(message)) return { probe: parseProbe(message) };
  const notice = parseNotice(message);
  if (isEnd(notice)) return notice;
  throw new NotAnEnvelopeError("a flow's end or a probe, got a change");
}

/**
 * A message that was received more than three times is left out of SQS's age of the oldest, which alarms:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 * A probe may wait for days and nobody has to look, so it is received so often in its first minutes.
 */
const earlyReceives = 3;
const earlySeconds = 60;

function early({ receiveCount }: ReceivedMessage, next: Next): Next {
  if (next.kind !== "hide" || receiveCount > earlyReceives) return next;
  return hideFor(Math.min(next.seconds, earlySeconds));
}
