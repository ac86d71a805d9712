import { describe, expect, test } from "@jest/globals";
import { OutageError, PermanentError, RetryAfterError } from "../../shared/catalog/job-errors.ts";
import type { FlowRecord } from "../../shared/flow/flow-record.ts";
import { encodeNotice, type Notice } from "../../shared/notification/notice.ts";
import type { Notification, NotificationChannels } from "../../shared/notification/notification.ts";
import { createNotifier } from "../../shared/notification/notifier.ts";
import type { ReceivedMessage } from "../../shared/queue/queue.ts";
import { type Changes, day, flowId, flowRecord, otherFlowId, start } from "../support/builders.ts";
import { createEngine, type Engine, type EngineOptions } from "../support/engine.ts";

const webhook = "https://example.com/errand";
const done = { status: "succeeded", attempts: 1, left: 0, leftEpoch: 0 } as const;
const ended = { mail: done };
const asking = { notify: webhook, version: 3 };
const end = { flow: flowId, epoch: 0 };

type Heard = readonly ["webhook" | "push", Notification];

/** A notifier over an engine with the flow, and what its channels heard. A channel does what `does` says. */
async function notifierFor(
  flow: FlowRecord | undefined,
  does: Partial<NotificationChannels> = {},
  options: EngineOptions = {},
) {
  const engine = createEngine(options);
  if (flow) await engine.given(flow);
  const heard: Heard[] = [];
  const channel = (name: "webhook" | "push") => async (notification: Notification) => {
    heard.push([name, notification]);
    await does[name]?.(notification);
  };
  const channels = { webhook: channel("webhook"), push: channel("push") };
  return { engine, heard, notifier: createNotifier({ ...engine.ports, channels }) };
}

let messages = 0;

function noticed(notice: Notice, changes: Partial<ReceivedMessage> = {}): ReceivedMessage {
  const id = `notice-${++messages}`;
  return { id, receipt: id, receiveCount: 1, sentAt: start, ...encodeNotice(notice), ...changes };
}

const hiddenFor = ({ queue }: Engine) => queue.hidden.map(([name, , seconds]) => [name, seconds]);
const endedFlow = (changes: Changes<FlowRecord> = asking) => flowRecord(ended, changes);

describe("the end of a flow", () => {
  test("is told to the webhook that its request asked for, with the one view of the flow", async () => {
    const { notifier, heard, engine } = await notifierFor(endedFlow());
    expect(await notifier.process([noticed(end)])).toEqual([]);
    expect(heard).toMatchObject([
      [
        "webhook",
        {
          ...{ id: `${flowId}.0`, about: "end", at: start, webhook },
          flow: { id: flowId, status: "succeeded", version: 3, jobs: [{ status: "succeeded" }] },
        },
      ],
    ]);
    expect(JSON.stringify(heard[0]?.[1].flow)).not.toContain("hash-of");
    expect(engine.names()).toEqual(["notification.done"]);
  });

  test("is told to whoever watched when it ended, and to nobody else", async () => {
    for (const [watchedUntil, count] of [
      [start + 1, 1],
      [start, 0],
    ] as const) {
      const { notifier, heard } = await notifierFor(endedFlow({ watchedUntil }));
      expect(await notifier.process([noticed(end)])).toEqual([]);
      expect(heard.map(([name]) => name)).toEqual(Array(count).fill("push"));
    }
  });

  test("is pushed at once, however long the webhook takes", async () => {
    const answered = Promise.withResolvers<void>();
    const both = endedFlow({ ...asking, watchedUntil: start + 1 });
    const { notifier, heard, engine } = await notifierFor(both, { webhook: () => answered.promise });
    const working = notifier.process([noticed(end)]);
    await engine.clock.pass(1);
    expect(heard.map(([name]) => name).sort()).toEqual(["push", "webhook"]);
    answered.resolve();
    expect(await working).toEqual([]);
  });

  test.each([
    ["is gone", undefined, "no such flow"],
    [
      "was redriven and runs",
      flowRecord({ mail: { run: 1 } }, { ...asking, epoch: 1 }),
      "of epoch 0, the flow is in 1",
    ],
    ["has ended again since", endedFlow({ ...asking, epoch: 1 }), "of epoch 0, the flow is in 1"],
  ])("is told to nobody where the flow %s", async (_, flow, reason) => {
    const { notifier, heard, engine } = await notifierFor(flow);
    expect(await notifier.process([noticed(end)])).toEqual([]);
    expect(heard).toEqual([]);
    expect(engine.events).toMatchObject([{ event: "message.dropped", flow: flowId, reason }]);
  });
});

test("a change is pushed with the flow as it stands, which may be later, and is never a webhook's", async () => {
  const flow = flowRecord(
    { mail: { status: "running" } },
    { ...asking, version: 9, watchedUntil: start + 1 },
  );
  const { notifier, heard } = await notifierFor(flow);
  expect(await notifier.process([noticed({ flow: flowId, key: "mail", run: 0, version: 7 })])).toEqual([]);
  expect(heard).toMatchObject([
    ["push", { id: `${flowId}.mail.0.7`, about: "change", flow: { version: 9 } }],
  ]);
});

test("a batch is told side by side, after one read for all of it", async () => {
  let reads = 0;
  const around: NonNullable<EngineOptions["around"]> = (table) => ({
    ...table,
    get: (ids) => {
      reads++;
      return table.get(ids);
    },
  });
  const waiting = Promise.withResolvers<void>();
  const { notifier, heard, engine } = await notifierFor(
    endedFlow(),
    { webhook: async ({ id }) => (id.startsWith(flowId) ? waiting.promise : undefined) },
    { around },
  );
  await engine.given(flowRecord(ended, { ...asking, id: otherFlowId }));
  const working = notifier.process([noticed(end), noticed({ flow: otherFlowId, epoch: 0 })]);
  await engine.clock.pass(1);
  expect([heard.length, reads]).toEqual([2, 1]);
  waiting.resolve();
  expect(await working).toEqual([]);
});

describe("a webhook that isn't told", () => {
  const failing = async (error: unknown, changes: Partial<ReceivedMessage> = {}) => {
    const throwIt = async () => {
      throw error;
    };
    const setUp = await notifierFor(endedFlow(), { webhook: throwIt });
    const message = noticed(end, changes);
    return { ...setUp, message, failed: await setUp.notifier.process([message]) };
  };

  test("is told again when it said that it may be", async () => {
    const { engine, message, failed } = await failing(new RetryAfterError("too many", 42.2));
    expect([failed, hiddenFor(engine)]).toEqual([[message.id], [["notify", 43]]]);
    expect(engine.events).toMatchObject([
      { event: "notification.delayed", notification: `${flowId}.0`, reason: "too many", seconds: 42.2 },
    ]);
  });

  test.each([
    ["a minute ago", 60, 60],
    ["two hours ago", 7200, 600],
    ["five days ago", (5 * day) / 1000, 3600],
  ])("waits longer the longer it has failed: %s", async (_, age, seconds) => {
    const error = new OutageError("out of reach", "webhooks");
    const { engine, failed } = await failing(error, { sentAt: start - age * 1000 });
    expect([failed.length, hiddenFor(engine)]).toEqual([1, [["notify", seconds]]]);
  });

  test("is set aside with the reason where that can't change", async () => {
    const { engine, failed, message } = await failing(new PermanentError("410 Gone"));
    expect(failed).toEqual([]);
    const { errand, flow } = message.attributes;
    expect(engine.queue.sentTo("notify-dead-letters")).toEqual([
      { body: message.body, trace: undefined, attributes: { errand, flow, error: "410 Gone" } },
    ]);
  });

  test("is set aside after eleven days, before SQS forgets it", async () => {
    const { engine, failed } = await failing(new Error("no"), { sentAt: start - 11 * day - 1 });
    expect(failed).toEqual([]);
    const [letter] = engine.queue.sentTo("notify-dead-letters");
    expect(letter?.attributes["error"]).toBe("for 11 days: Error");
  });

  test("is told again where a letter can't be written", async () => {
    const refuse = (queue: string) => (queue === "notify-dead-letters" ? "InternalError" : undefined);
    const throwIt = async () => {
      throw new PermanentError("410 Gone");
    };
    const { notifier, engine } = await notifierFor(endedFlow(), { webhook: throwIt }, { refuse });
    const message = noticed(end);
    expect(await notifier.process([message])).toEqual([message.id]);
    expect(engine.names()).toEqual(["message.failed"]);
  });

  test("shows no words of an error that isn't ours: they may repeat what is nobody's business", async () => {
    const { engine } = await failing(new TypeError("zoe@example.com"));
    expect(JSON.stringify(engine.events)).not.toContain("zoe");
    expect(engine.events).toMatchObject([{ reason: "TypeError" }]);
  });

  test.each([
    ["stops when it is told to", true, 20_000],
    ["goes on for ever", false, 22_000],
  ])("has twenty seconds, and is told again where it %s", async (_, stops, milliseconds) => {
    const hang = ({ signal }: Notification) =>
      new Promise<void>((_resolve, reject) => {
        if (stops) signal.addEventListener("abort", () => reject(signal.reason));
      });
    const { notifier, engine } = await notifierFor(endedFlow(), { webhook: hang });
    const message = noticed(end);
    const working = notifier.process([message]);
    await engine.clock.pass(milliseconds);
    expect(await working).toEqual([message.id]);
    expect(engine.events).toMatchObject([{ reason: "timed out after 20 s" }]);
  });
});

describe("a push that fails", () => {
  const throttled = async () => {
    throw new RetryAfterError("throttled", 300);
  };

  test.each([
    [1, 2],
    [3, 8],
    [9, 60],
  ])("is tried again within seconds, whatever it says: after receive %s", async (receiveCount, seconds) => {
    const flow = endedFlow({ watchedUntil: start + 1 });
    const { notifier, engine } = await notifierFor(flow, { push: throttled });
    const message = noticed(end, { receiveCount });
    expect(await notifier.process([message])).toEqual([message.id]);
    expect(hiddenFor(engine)).toEqual([["notify", seconds]]);
    expect(engine.events).toMatchObject([{ event: "notification.delayed", reason: "push: throttled" }]);
  });

  test("is given up when nobody watches any more, with no letter", async () => {
    const flow = endedFlow({ watchedUntil: start + 1 });
    const { notifier, engine } = await notifierFor(flow, { push: throttled });
    await engine.clock.pass(1);
    expect(await notifier.process([noticed(end)])).toEqual([]);
    expect(engine.queue.calls).toEqual([]);
  });

  test("waits for what a webhook says, where that failed too, and keeps a letter from nobody", async () => {
    const both = endedFlow({ ...asking, watchedUntil: start + 1 });
    const refused = async () => {
      throw new PermanentError("410 Gone");
    };
    const later = await notifierFor(both, { push: throttled, webhook: throttled });
    await later.notifier.process([noticed(end)]);
    expect(hiddenFor(later.engine)).toEqual([["notify", 300]]);
    const never = await notifierFor(both, { push: throttled, webhook: refused });
    expect(await never.notifier.process([noticed(end)])).toEqual([]);
    expect(never.engine.queue.calls.map(({ queue }) => queue)).toEqual(["notify-dead-letters"]);
  });
});

describe("a message of the notify queue", () => {
  test("of a newer deploy is hidden, and told by none of the channels", async () => {
    const { notifier, heard, engine } = await notifierFor(endedFlow());
    const message = noticed(end);
    const newer = { ...message, attributes: { ...message.attributes, errand: "notify/2" } };
    expect(await notifier.process([newer, noticed(end)])).toEqual([newer.id]);
    expect(hiddenFor(engine)).toEqual([["notify", 60]]);
    expect([engine.queue.calls, heard.length]).toEqual([[], 1]);
  });

  test("that nobody of ours wrote is set aside with its bytes and the reason", async () => {
    const { notifier, engine } = await notifierFor(endedFlow());
    const stranger = noticed(end, { body: "hello", attributes: {} });
    expect(await notifier.process([stranger])).toEqual([]);
    const error = "errand: <kind>/<version>, got nothing";
    expect(engine.queue.sentTo("notify-dead-letters")).toEqual([{ body: "hello", attributes: { error } }]);
  });

  test("waits while the ledger is out of reach, and still arrives", async () => {
    let isDown = true;
    const around: NonNullable<EngineOptions["around"]> = (table) => ({
      ...table,
      get: (ids) => (isDown ? Promise.reject(new Error("ECONNREFUSED")) : table.get(ids)),
    });
    const { notifier, heard, engine } = await notifierFor(endedFlow(), {}, { around });
    const message = noticed(end);
    expect(await notifier.process([message])).toEqual([message.id]);
    expect([hiddenFor(engine), heard]).toEqual([[["notify", 60]], []]);
    isDown = false;
    expect(await notifier.process([message])).toEqual([]);
    expect(heard).toHaveLength(1);
  });

  test("that can't be hidden comes again all the same", async () => {
    const onHide = () => {
      throw new Error("throttled");
    };
    const throwIt = async () => {
      throw new Error("no");
    };
    const { notifier } = await notifierFor(endedFlow(), { webhook: throwIt }, { onHide });
    const message = noticed(end);
    expect(await notifier.process([message])).toEqual([message.id]);
  });
});
