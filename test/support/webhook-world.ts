import { defineCatalog } from "../../shared/catalog/catalog.ts";
import {
  queueSettings,
  standardProfile,
  webhookLimits,
  webhookPostSeconds,
} from "../../shared/catalog/queue-settings.ts";
import { fraction } from "../../shared/clock/entropy.ts";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";
import { createVirtualClock } from "../../shared/clock/virtual-clock.ts";
import type { FlowRecord } from "../../shared/flow/flow-record.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import type { Table } from "../../shared/ledger/table.ts";
import type { EngineEvent } from "../../shared/log/event.ts";
import { encodeNotice } from "../../shared/notification/notice.ts";
import type { OutboundPost, PostOutcome } from "../../shared/outbound/guarded-post.ts";
import { createMemoryQueue, type Hostility, type QueueLimits } from "../../shared/queue/memory-queue.ts";
import { deadLetterQueue, type ReceivedMessage, webhookQueue } from "../../shared/queue/queue.ts";
import { newMasterSecret } from "../../shared/webhook/origin-secret.ts";
import { isProbe } from "../../shared/webhook/probe-message.ts";
import {
  type DeliveryItem,
  deliveryId,
  endpointLine,
  type WebhookItem,
} from "../../shared/webhook/records.ts";
import { createWebhookChannel } from "../../shared/webhook/webhook-channel.ts";
import type { WebhookPorts } from "../../shared/webhook/webhook-ports.ts";
import { createWebhookWorker, type WebhookWorkerPorts } from "../../shared/webhook/webhook-worker.ts";
import { flowRecord, start } from "./builders.ts";

/** A receiver's answer to a post: a status, or what became of the post; how long it takes is added to the clock. */
export interface Answered {
  readonly status?: number;
  readonly retryAfter?: string;
  /** Instead of an answer, with no connection. */
  readonly unanswered?: string;
  /** Instead of an answer: the connection stands, and nothing comes for 15 s. */
  readonly hangs?: boolean;
  /** Instead of a post: the range of an address that isn't public. */
  readonly refusedRange?: string;
  /** Default 50. */
  readonly milliseconds?: number;
}

export interface WebhookWorldOptions {
  readonly seed?: number;
  /** What a receiver answers to a post at that time, in ms since the world began. */
  readonly answer: (url: string, at: number) => Answered;
  /** Copies of the function. Default 2. */
  readonly workers?: number;
  readonly hostility?: Hostility;
  /** The chance that a call of a port fails, half of the time after it was done. Default 0. */
  readonly failing?: number;
  /** A call of a port takes up to so many milliseconds, half of them before it is done, so that others come between two of them. Default 0. */
  readonly slow?: number;
  /** The operator's endpoints; one that is taken out of it is configured no more. Default none. */
  readonly defaults?: readonly string[];
}

export interface Posted {
  readonly url: string;
  readonly id: string;
  /** Milliseconds since the world began. */
  readonly at: number;
  readonly post: OutboundPost;
}

/** A port's call that failed because the world was told so. */
class Failure extends Error {
  override readonly name = "Failure";
}

/** The id of the flow that a test calls so, in the letters of ids. */
export const flowOf = (name: string): string => name.padStart(26, "0");

const settings = queueSettings(webhookLimits, standardProfile);
const letters = deadLetterQueue(webhookQueue);

/** What the deployed queue puts an end to. */
const limits: QueueLimits = {
  maxReceiveCount: () => settings.maxReceiveCount,
  retentionSeconds: (name) =>
    name === letters ? settings.deadLetterRetentionSeconds : settings.retentionSeconds,
};

/** The webhook queue, its workers and everybody's receivers, on a virtual clock. */
export function createWebhookWorld({
  seed = 1,
  answer,
  workers = 2,
  hostility = {},
  failing = 0,
  slow = 0,
  defaults = [],
}: WebhookWorldOptions) {
  const clock = createVirtualClock(start);
  const entropy = createSeededEntropy(seed);
  const chance = createSeededEntropy(seed + 1_000_000);
  const queues = [webhookQueue, letters];
  const queue = createMemoryQueue({ queues, clock, entropy: chance, hostility, limits });
  const table = createMemoryTable<WebhookItem>();
  const flows = new Map<string, FlowRecord>();
  const posted: Posted[] = [];
  const events: EngineEvent[] = [];
  const master = newMasterSecret(entropy);
  let calm = false;
  let probesSent = 0;
  let losesProbe = false;
  let broken: EngineEvent | undefined;
  let mostInFlight = 0;

  /** Half of what a call takes. */
  const pause = async () => {
    if (slow > 0) await clock.sleep(Math.floor((fraction(chance) * slow) / 2));
  };

  /** A port's call that may fail, before it is done or after. */
  async function risky<Value>(call: () => Promise<Value>): Promise<Value> {
    const isBad = !calm && failing > 0 && fraction(chance) < failing;
    if (isBad && fraction(chance) < 0.5) throw new Failure("before");
    await pause();
    const value = await call();
    await pause();
    if (isBad) throw new Failure("after");
    return value;
  }

  async function post(outgoing: OutboundPost): Promise<PostOutcome> {
    const { url, headers } = outgoing;
    const at = clock.now() - start;
    posted.push({ url, id: headers["webhook-id"] ?? "", at, post: outgoing });
    const { status = 204, retryAfter, unanswered, hangs, refusedRange, milliseconds } = answer(url, at);
    await clock.sleep(milliseconds ?? (hangs ? webhookPostSeconds * 1000 : 50));
    if (refusedRange !== undefined)
      return { kind: "refused", reason: "an address that is not public", range: refusedRange };
    if (hangs) return { kind: "unanswered", reason: "no answer within 15 s", connected: true };
    if (unanswered !== undefined) return { kind: "unanswered", reason: unanswered, connected: false };
    return { kind: "answered", status, ...(retryAfter === undefined ? {} : { retryAfter }) };
  }

  const riskyTable: Table<WebhookItem> = {
    get: (ids) => risky(() => table.get(ids)),
    put: (item, when) => risky(() => table.put(item, when)),
    update: (update) => risky(() => table.update(update)),
  };
  const ledger: WebhookPorts["ledger"] & WebhookWorkerPorts["ledger"] = {
    read: async (flow) => flows.get(flow),
    readMany: (ids) => risky(async () => new Map([...flows].filter(([id]) => ids.includes(id)))),
  };
  const common = {
    ...{ ledger, clock, entropy, profile: standardProfile },
    catalog: defineCatalog({ flows: [], jobs: [] }),
    log(event: EngineEvent) {
      events.push(event);
      if (event.event === "message.failed" && event.reason !== Failure.name) broken = event;
    },
  };
  const channel = createWebhookChannel({
    ...common,
    table: riskyTable,
    queue: {
      send: (name, messages) => {
        probesSent += messages.length;
        return risky(() => queue.send(name, messages));
      },
    },
    post,
    masterSecret: async () => master,
    defaults,
  });
  const worker = createWebhookWorker({ ...common, channel, defaults, queue: { ...queue, hide } });

  /** Refused where the message is another's by now. */
  async function hide(...args: Parameters<typeof queue.hide>): Promise<void> {
    await queue.hide(...args).catch(() => {});
  }

  function withoutLost(messages: readonly ReceivedMessage[]): readonly ReceivedMessage[] {
    const lost = losesProbe ? messages.find(isProbe) : undefined;
    if (!lost) return messages;
    losesProbe = false;
    queue.remove(webhookQueue, lost.receipt);
    return messages.filter((message) => message !== lost);
  }

  async function work(messages: readonly ReceivedMessage[]): Promise<void> {
    const end = clock.now() + settings.functionTimeoutSeconds * 1000;
    const returned = await worker.process(messages, () => end - clock.now());
    for (const { id, receipt } of messages) if (!returned.includes(id)) queue.remove(webhookQueue, receipt);
    await measure();
  }

  async function measure(): Promise<void> {
    mostInFlight = Math.max(mostInFlight, (await queue.depth(webhookQueue)).inFlight);
  }

  let wake: (() => void)[] = [];
  queue.onSend(() => wakeAll());
  function wakeAll(): void {
    const sleeping = wake;
    wake = [];
    for (const each of sleeping) each();
  }

  async function poll(): Promise<void> {
    for (;;) {
      const { batchSize: max, visibilityTimeoutSeconds: visibilitySeconds } = settings;
      const messages = withoutLost(queue.receive(webhookQueue, { max, visibilitySeconds }));
      await measure();
      await work(messages);
      if (messages.length > 0) continue;
      const at = queue.nextVisibleAt(webhookQueue);
      await new Promise<void>((resolve) => {
        wake.push(resolve);
        if (at !== undefined) clock.after(at - clock.now(), resolve);
      });
    }
  }
  for (let copy = 0; copy < workers; copy++) void poll();

  return {
    clock,
    table,
    flows,
    events,
    posted,
    channel,
    get mostInFlight() {
      return mostInFlight;
    },
    /** What the channel has sent, which is probes alone. */
    get probesSent() {
      return probesSent;
    },
    /** The next probe that is received is gone. */
    loseProbe: () => {
      losesProbe = true;
    },
    /** Lets no more calls fail. */
    calmDown: () => {
      calm = true;
    },
    /** A flow that has just ended, and its notification on the queue. */
    async notify(id: string, url: string): Promise<void> {
      const now = clock.now();
      const job = { status: "succeeded", startedAt: now, finishedAt: now } as const;
      const flow = flowOf(id);
      const asked = { notify: url, ...(defaults.length > 0 ? { notifyDefaults: true as const } : {}) };
      flows.set(flow, flowRecord({ mail: job }, { id: flow, createdAt: now, ...asked }));
      await queue.send(webhookQueue, [encodeNotice({ flow, epoch: 0 })]);
    },
    /** Lets so many seconds pass, from the beginning. */
    async until(seconds: number): Promise<void> {
      const limit = start + seconds * 1000;
      // Else the clock would stay where its last timer was.
      clock.after(limit - clock.now(), () => {});
      await clock.run({ limit, done: () => broken !== undefined });
      if (broken !== undefined) throw new Error(`no such trouble: ${JSON.stringify(broken)}`);
    },
    /** The flow's delivery to that URL, by default to the one that it asked for. */
    async delivery(id: string, to?: string): Promise<DeliveryItem | undefined> {
      const url = to ?? flows.get(flowOf(id))?.notify ?? "";
      const key = deliveryId(`${flowOf(id)}.0`, endpointLine(url));
      const item = (await table.get([key])).get(key);
      return item?.kind === "delivery" ? item : undefined;
    },
    messages: () => queue.messages(webhookQueue),
    posts: (id: string) => posted.filter((each) => each.id === `${flowOf(id)}.0`),
  };
}
