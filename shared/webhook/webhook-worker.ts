import type { Catalog } from "../catalog/catalog.ts";
import { webhookLimits } from "../catalog/queue-settings.ts";
import { NotAnEnvelopeError } from "../envelope/envelope.ts";
import { flowView } from "../flow/flow-view.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { done, hideFor, type Next } from "../notification/next.ts";
import { type EndNotice, isEnd, noticeId, parseNotice } from "../notification/notice.ts";
import {
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
}

type Said = EndNotice | { readonly probe: Probe };

/** Tells flows' ends to the webhooks that asked for them. */
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
        if (flow?.notify === undefined) return done;
        const notification = {
          ...{ id: noticeId(said), flow: flow.id, epoch: said.epoch, url: flow.notify },
          view: flowView(flow, ports.catalog),
        };
        return within(ports.clock, webhookLimits.timeoutSeconds, () => ports.channel.deliver(notification));
      };
    },
  });
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
