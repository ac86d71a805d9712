import { describe, expect, test } from "@jest/globals";
import type { FlowRecord } from "../../shared/flow/flow-record.ts";
import { done as acknowledged, hideFor } from "../../shared/notification/next.ts";
import { encodeNotice } from "../../shared/notification/notice.ts";
import type { ReceivedMessage } from "../../shared/queue/queue.ts";
import { type Probe, probeMessage } from "../../shared/webhook/probe-message.ts";
import type { WebhookChannel, WebhookNotification } from "../../shared/webhook/webhook-channel.ts";
import { createWebhookWorker } from "../../shared/webhook/webhook-worker.ts";
import { type Changes, day, flowId, flowRecord, start } from "../support/builders.ts";
import { createEngine, type Engine, type EngineOptions } from "../support/engine.ts";

const webhook = "https://example.com/errand";
const done = { status: "succeeded", attempts: 1, left: 0, leftEpoch: 0 } as const;
const asking = { notify: webhook, version: 3 };
const end = { flow: flowId, epoch: 0 };
const probe: Probe = { id: "probe-1", line: "https://hooks.example.com" };

/** A worker over an engine with the flow, and what its channel was asked to deliver. The channel does what `does` says. */
async function telling(
  flow: FlowRecord | undefined,
  does: Partial<WebhookChannel> = {},
  options: EngineOptions & { readonly defaults?: readonly string[] } = {},
) {
  const { defaults = [] } = options;
  const engine = createEngine(options);
  if (flow) await engine.given(flow);
  const asked: WebhookNotification[] = [];
  const channel: WebhookChannel = {
    async deliver(notification) {
      asked.push(notification);
      return (await does.deliver?.(notification)) ?? acknowledged;
    },
    probe: does.probe ?? (async () => acknowledged),
  };
  return { engine, asked, worker: createWebhookWorker({ ...engine.ports, channel, defaults }) };
}

const endedFlow = (changes: Changes<FlowRecord> = asking) => flowRecord({ mail: done }, changes);
const hiddenFor = ({ queue }: Engine) => queue.hidden.map(([name, , seconds]) => [name, seconds]);

function received(message: object, changes: Partial<ReceivedMessage> = {}): ReceivedMessage {
  const own = { id: "m1", receipt: "r1", receiveCount: 1, sentAt: start, body: "", attributes: {} };
  return { ...own, ...message, ...changes };
}

const noticed = (changes: Partial<ReceivedMessage> = {}) => received(encodeNotice(end), changes);

describe("the end of a flow", () => {
  test("is told to the webhook that its request asked for, with the one view of the flow", async () => {
    const { worker, asked, engine } = await telling(endedFlow());
    expect(await worker.process([noticed()])).toEqual([]);
    expect(asked).toMatchObject([
      {
        ...{ id: `${flowId}.0`, flow: flowId, epoch: 0, url: webhook },
        view: { id: flowId, status: "succeeded", version: 3, jobs: [{ status: "succeeded" }] },
      },
    ]);
    expect(JSON.stringify(asked)).not.toContain("hash-of");
    expect(engine.queue.calls).toEqual([]);
  });

  test("is told to nobody where none did, or the flow runs again", async () => {
    for (const flow of [endedFlow({}), flowRecord({ mail: { run: 1 } }, { ...asking, epoch: 1 })]) {
      const { worker, asked } = await telling(flow);
      expect(await worker.process([noticed()])).toEqual([]);
      expect(asked).toEqual([]);
    }
  });

  test("is hidden for as long as its delivery waits", async () => {
    const { worker, engine } = await telling(endedFlow(), { deliver: async () => hideFor(42.2) });
    expect(await worker.process([noticed()])).toEqual(["m1"]);
    expect(hiddenFor(engine)).toEqual([["webhook", 43]]);
  });
});

describe("the end of a flow that the operator's endpoints are to hear of", () => {
  const defaults = ["https://a.example.com/", "https://b.example.com/"];
  const all = { ...asking, notifyDefaults: true } as const;
  const urlsOf = (asked: readonly WebhookNotification[]) => asked.map(({ url }) => url);

  test("is told to each of them beside the request's own, with the same id", async () => {
    const { worker, asked } = await telling(endedFlow(all), {}, { defaults });
    expect(await worker.process([noticed()])).toEqual([]);
    expect(urlsOf(asked)).toEqual([webhook, ...defaults]);
    expect(new Set(asked.map(({ id }) => id))).toEqual(new Set([`${flowId}.0`]));
  });

  test("is told once where the request named one of them, and to them alone where it named none", async () => {
    const same = await telling(endedFlow(all), {}, { defaults: [webhook, ...defaults] });
    await same.worker.process([noticed()]);
    expect(urlsOf(same.asked)).toEqual([webhook, ...defaults]);
    const silent = await telling(endedFlow({ notifyDefaults: true }), {}, { defaults });
    await silent.worker.process([noticed()]);
    expect(urlsOf(silent.asked)).toEqual(defaults);
  });

  test("is told to none of them where it was accepted before there were any", async () => {
    const { worker, asked } = await telling(endedFlow(), {}, { defaults });
    await worker.process([noticed()]);
    expect(urlsOf(asked)).toEqual([webhook]);
  });

  test("comes again when the first of those that wait is due, and is told to all at the same time", async () => {
    const waits: Readonly<Record<string, number>> = { [webhook]: 300, [defaults[0] ?? ""]: 5 };
    const together = Promise.withResolvers<void>();
    const { worker, asked, engine } = await telling(
      endedFlow(all),
      {
        async deliver({ url }) {
          await together.promise;
          return url in waits ? hideFor(waits[url] ?? 0) : acknowledged;
        },
      },
      { defaults },
    );
    const working = worker.process([noticed()]);
    await engine.clock.pass(0);
    expect(asked).toHaveLength(3);
    together.resolve();
    expect(await working).toEqual(["m1"]);
    expect(hiddenFor(engine)).toEqual([["webhook", 5]]);
  });

  test("is told to all others where one fails for a reason of ours, and comes again", async () => {
    const deliver = async ({ url }: WebhookNotification) => {
      if (url === webhook) throw new Error("no");
      return acknowledged;
    };
    const { worker, asked } = await telling(endedFlow(all), { deliver }, { defaults });
    expect(await worker.process([noticed()])).toEqual(["m1"]);
    expect(urlsOf(asked)).toEqual([webhook, ...defaults]);
  });
});

test.each([
  ["two hours old", 7200, 5, 5],
  ["new", 0, 900, 60],
])(
  "where one fails for a reason of ours and another waits, a message that is %s comes for the sooner of both",
  async (_, age, wait, seconds) => {
    const other = "https://a.example.com/";
    const deliver = async ({ url }: WebhookNotification) => {
      if (url === other) return hideFor(wait);
      throw new Error("no");
    };
    const flow = endedFlow({ ...asking, notifyDefaults: true });
    const { worker, engine } = await telling(flow, { deliver }, { defaults: [other] });
    expect(await worker.process([noticed({ sentAt: start - age * 1000 })])).toEqual(["m1"]);
    expect(hiddenFor(engine)).toEqual([["webhook", seconds]]);
    expect(engine.names()).toEqual(["message.failed"]);
  },
);

describe("a delivery that fails for a reason of ours", () => {
  const failing = async (changes: Partial<ReceivedMessage>, options: EngineOptions = {}) => {
    const deliver = async () => {
      throw new TypeError("zoe@example.com");
    };
    const setUp = await telling(endedFlow(), { deliver }, options);
    return { ...setUp, returned: await setUp.worker.process([noticed(changes)]) };
  };

  test.each([
    ["a minute ago", 60, 60],
    ["two hours ago", 7200, 600],
    ["five days ago", (5 * day) / 1000, 3600],
  ])("waits longer the longer it has failed: %s", async (_, age, seconds) => {
    const { engine, returned } = await failing({ sentAt: start - age * 1000 });
    expect([returned, hiddenFor(engine)]).toEqual([["m1"], [["webhook", seconds]]]);
    expect(engine.events).toMatchObject([{ event: "message.failed", reason: "TypeError" }]);
    expect(JSON.stringify(engine.events)).not.toContain("zoe");
  });

  test("is set aside after eleven days, before SQS forgets it", async () => {
    const { engine, returned } = await failing({ sentAt: start - 11 * day - 1 });
    expect(returned).toEqual([]);
    const { body, attributes } = encodeNotice(end);
    expect(engine.queue.sentTo("webhook-dead-letters")).toEqual([
      { body, trace: undefined, attributes: { ...attributes, error: "for 11 days: TypeError" } },
    ]);
  });

  test("is told again where a letter can't be written", async () => {
    const { engine, returned } = await failing(
      { sentAt: start - 11 * day - 1 },
      { refuse: () => "InternalError" },
    );
    expect(returned).toEqual(["m1"]);
    expect(engine.names()).toEqual(["message.failed", "message.failed"]);
  });

  test("has twenty seconds", async () => {
    const deliver = () => new Promise<never>(() => {});
    const { worker, engine } = await telling(endedFlow(), { deliver });
    const working = worker.process([noticed()]);
    await engine.clock.pass(22_000);
    expect(await working).toEqual(["m1"]);
    expect(engine.events).toMatchObject([{ reason: "timed out after 20 s" }]);
  });
});

test("a change of a job is no webhook's, and set aside", async () => {
  const { worker, engine, asked } = await telling(endedFlow());
  const change = encodeNotice({ flow: flowId, key: "mail", run: 0, version: 7 });
  expect(await worker.process([received(change)])).toEqual([]);
  expect(asked).toEqual([]);
  expect(engine.queue.calls.map(({ queue }) => queue)).toEqual(["webhook-dead-letters"]);
});

describe("a probe", () => {
  const probed = (receiveCount: number, changes: Partial<ReceivedMessage> = {}) =>
    received(probeMessage(probe, 0), { receiveCount, ...changes });

  test("has its turn, with what its function has left, and is acknowledged where nobody waits any more", async () => {
    const heard: unknown[] = [];
    const { worker, engine } = await telling(undefined, {
      async probe(each, remaining) {
        heard.push([each, remaining()]);
        return acknowledged;
      },
    });
    expect(await worker.process([probed(1)], () => 30_000)).toEqual([]);
    // Unless told otherwise that of a function that has just begun.
    expect(await worker.process([probed(1)])).toEqual([]);
    expect(heard).toEqual([
      [probe, 30_000],
      [probe, 45_000],
    ]);
    expect([engine.queue.hidden, engine.queue.calls]).toEqual([[], []]);
  });

  test("is hidden for as long as it says, but for the first three times, after which no alarm counts its age", async () => {
    const { worker, engine } = await telling(undefined, { probe: async () => hideFor(7200) });
    for (const count of [1, 2, 3, 4, 5]) expect(await worker.process([probed(count)])).toEqual(["m1"]);
    expect(engine.queue.hidden.map(([, , seconds]) => seconds)).toEqual([60, 60, 60, 7200, 7200]);
  });

  test("that is set aside after eleven days has its turn again when its letter is redriven", async () => {
    const { worker, engine } = await telling(undefined, {
      async probe() {
        throw new Error("ThrottlingException");
      },
    });
    expect(await worker.process([probed(9, { sentAt: start - 11 * day - 1 })])).toEqual([]);
    const [letter] = engine.queue.sentTo("webhook-dead-letters");
    const heard: Probe[] = [];
    const mended = await telling(undefined, {
      async probe(each) {
        heard.push(each);
        return acknowledged;
      },
    });
    expect(await mended.worker.process([received(letter ?? {})])).toEqual([]);
    expect(heard).toEqual([probe]);
  });

  test("waits where its turn fails, and is never sent again", async () => {
    const { worker, engine } = await telling(undefined, {
      async probe() {
        throw new Error("ThrottlingException");
      },
    });
    expect(await worker.process([probed(9)])).toEqual(["m1"]);
    expect(engine.queue.hidden.map(([, , seconds]) => seconds)).toEqual([60]);
    expect(engine.queue.calls).toEqual([]);
  });

  test.each(["", "{}", '{"origin":"https://hooks.example.com/a"}', '{"origin":"nowhere"}'])(
    "whose body names no origin is set aside: %s",
    async (body) => {
      const { worker, engine } = await telling(undefined);
      expect(await worker.process([probed(1, { body })])).toEqual([]);
      expect(engine.queue.calls.map(({ queue }) => queue)).toEqual(["webhook-dead-letters"]);
    },
  );
});
