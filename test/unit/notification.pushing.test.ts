import { describe, expect, test } from "@jest/globals";
import { OutageError } from "../../shared/catalog/job-errors.ts";
import type { FlowRecord } from "../../shared/flow/flow-record.ts";
import { encodeNotice, type Notice } from "../../shared/notification/notice.ts";
import {
  createPushWorker,
  type Notification,
  type PushWorkerPorts,
} from "../../shared/notification/push-worker.ts";
import type { ReceivedMessage } from "../../shared/queue/queue.ts";
import { probeMessage } from "../../shared/webhook/probe-message.ts";
import { type Changes, day, flowId, flowRecord, otherFlowId, start } from "../support/builders.ts";
import { createEngine, type Engine, type EngineOptions } from "../support/engine.ts";

const done = { status: "succeeded", attempts: 1, left: 0, leftEpoch: 0 } as const;
const watched = { watchedUntil: start + 1, version: 3 };
const end = { flow: flowId, epoch: 0, toWatchers: true } as const;

/** A worker over an engine with the flow, and what it has pushed. A push does what `does` says. */
async function pushing(
  flow: FlowRecord | undefined,
  does: PushWorkerPorts["push"] = async () => {},
  options: EngineOptions = {},
) {
  const engine = createEngine(options);
  if (flow) await engine.given(flow);
  const pushed: Notification[] = [];
  const push = async (notification: Notification) => {
    pushed.push(notification);
    await does(notification);
  };
  return { engine, pushed, worker: createPushWorker({ ...engine.ports, push }) };
}

let messages = 0;

function noticed(notice: Notice, changes: Partial<ReceivedMessage> = {}): ReceivedMessage {
  const id = `notice-${++messages}`;
  return { id, receipt: id, receiveCount: 1, sentAt: start, ...encodeNotice(notice), ...changes };
}

const hiddenFor = ({ queue }: Engine) => queue.hidden.map(([name, , seconds]) => [name, seconds]);
const endedFlow = (changes: Changes<FlowRecord> = watched) => flowRecord({ mail: done }, changes);

describe("the end of a flow", () => {
  test("is told to whoever watched when it ended, with the one view of the flow", async () => {
    const { worker, pushed, engine } = await pushing(endedFlow());
    expect(await worker.process([noticed(end)])).toEqual([]);
    expect(pushed).toMatchObject([
      {
        id: `${flowId}.0`,
        flow: { id: flowId, status: "succeeded", version: 3, jobs: [{ status: "succeeded" }] },
      },
    ]);
    expect(JSON.stringify(pushed)).not.toContain("hash-of");
    expect(engine.names()).toEqual(["notification.done"]);
  });

  test("is told to nobody where nobody watched any more", async () => {
    const { worker, pushed } = await pushing(endedFlow({ watchedUntil: start }));
    expect(await worker.process([noticed(end)])).toEqual([]);
    expect(pushed).toEqual([]);
  });

  test.each([
    ["is gone", undefined, "no such flow"],
    [
      "was redriven and runs",
      flowRecord({ mail: { run: 1 } }, { ...watched, epoch: 1 }),
      "of epoch 0, the flow is in 1",
    ],
    ["has ended again since", endedFlow({ ...watched, epoch: 1 }), "of epoch 0, the flow is in 1"],
  ])("is told to nobody where the flow %s", async (_, flow, reason) => {
    const { worker, pushed, engine } = await pushing(flow);
    expect(await worker.process([noticed(end)])).toEqual([]);
    expect(pushed).toEqual([]);
    expect(engine.events).toMatchObject([{ event: "message.dropped", flow: flowId, reason }]);
  });
});

test("a change is pushed with the flow as it stands, which may be later", async () => {
  const flow = flowRecord({ mail: { status: "running" } }, { ...watched, version: 9 });
  const { worker, pushed } = await pushing(flow);
  expect(await worker.process([noticed({ flow: flowId, key: "mail", run: 0, version: 7 })])).toEqual([]);
  expect(pushed).toMatchObject([{ id: `${flowId}.mail.0.7`, flow: { version: 9 } }]);
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
  const does = async ({ id }: Notification) => (id.startsWith(flowId) ? waiting.promise : undefined);
  const { worker, pushed, engine } = await pushing(endedFlow(), does, { around });
  await engine.given(flowRecord({ mail: done }, { ...watched, id: otherFlowId }));
  const working = worker.process([noticed(end), noticed({ ...end, flow: otherFlowId })]);
  await engine.clock.pass(0);
  expect([pushed.length, reads]).toEqual([2, 1]);
  waiting.resolve();
  expect(await working).toEqual([]);
});

describe("a push that fails", () => {
  const throttled = async () => {
    throw new OutageError("throttled", "connections");
  };

  test.each([
    [1, 2],
    [3, 8],
    [9, 60],
  ])("is tried again within seconds: after receive %s", async (receiveCount, seconds) => {
    const { worker, engine } = await pushing(endedFlow(), throttled);
    const message = noticed(end, { receiveCount });
    expect(await worker.process([message])).toEqual([message.id]);
    expect(hiddenFor(engine)).toEqual([["notify", seconds]]);
    expect(engine.events).toMatchObject([
      { event: "notification.delayed", notification: `${flowId}.0`, reason: "throttled", seconds },
    ]);
  });

  test("is given up when nobody watches any more, with no letter", async () => {
    const { worker, engine } = await pushing(endedFlow(), async () => {
      await engine.clock.pass(1);
      return throttled();
    });
    expect(await worker.process([noticed(end)])).toEqual([]);
    expect(engine.queue.calls).toEqual([]);
  });

  test("shows no words of an error that isn't ours: they may repeat what is nobody's business", async () => {
    const { worker, engine } = await pushing(endedFlow(), async () => {
      throw new TypeError("zoe@example.com");
    });
    await worker.process([noticed(end)]);
    expect(engine.events).toMatchObject([{ reason: "TypeError" }]);
    expect(JSON.stringify(engine.events)).not.toContain("zoe");
  });

  test("has twenty seconds, and is told again where it goes on for ever", async () => {
    const flow = endedFlow({ ...watched, watchedUntil: start + 60_000 });
    const { worker, engine } = await pushing(flow, () => new Promise<void>(() => {}));
    const message = noticed(end);
    const working = worker.process([message]);
    await engine.clock.pass(22_000);
    expect(await working).toEqual([message.id]);
    expect(engine.events).toMatchObject([{ reason: "timed out after 20 s" }]);
  });
});

describe("what a deploy has left on the notify queue that had no other for webhooks", () => {
  const asking = { notify: "https://example.com/errand" };

  test("is moved as it is, the end of a flow that asked, and is pushed as well where somebody watches", async () => {
    for (const [changes, count] of [
      [asking, 0],
      [{ ...asking, ...watched }, 1],
    ] as const) {
      const { worker, pushed, engine } = await pushing(endedFlow(changes));
      const old = noticed({ flow: flowId, epoch: 0 }, { trace: "Root=1-2-3" });
      expect(await worker.process([old])).toEqual([]);
      const { body, attributes, trace } = old;
      expect(engine.queue.sentTo("webhook")).toEqual([{ body, attributes, trace }]);
      expect(pushed).toHaveLength(count);
    }
  });

  test("is moved, a probe, and waits where the other queue refuses it", async () => {
    const probe = { ...noticed(end), ...probeMessage({ id: "p", line: "https://example.com" }, 0) };
    const { worker, engine } = await pushing(undefined);
    expect(await worker.process([probe])).toEqual([]);
    expect(engine.queue.sentTo("webhook")).toMatchObject([{ attributes: { errand: "probe/1", id: "p" } }]);
    const refusing = await pushing(undefined, undefined, { refuse: () => "InternalError" });
    expect(await refusing.worker.process([probe])).toEqual([probe.id]);
    expect(hiddenFor(refusing.engine)).toEqual([["notify", 60]]);
  });

  test("isn't moved before it is pushed: what comes again would be moved twice", async () => {
    const { worker, engine } = await pushing(endedFlow({ ...asking, ...watched }), async () => {
      throw new Error("no");
    });
    await worker.process([noticed({ flow: flowId, epoch: 0 })]);
    expect(engine.queue.calls).toEqual([]);
  });

  test("is no end that this deploy has sent, whose webhook has a notice of its own", async () => {
    const { worker, engine } = await pushing(endedFlow({ ...asking, ...watched }));
    await worker.process([noticed(end)]);
    expect(engine.queue.calls).toEqual([]);
  });
});

describe("a message of the notify queue", () => {
  test("of a newer deploy is hidden, and told to nobody", async () => {
    const { worker, pushed, engine } = await pushing(endedFlow());
    const message = noticed(end);
    const newer = { ...message, attributes: { ...message.attributes, errand: "notify/2" } };
    expect(await worker.process([newer, noticed(end)])).toEqual([newer.id]);
    expect(hiddenFor(engine)).toEqual([["notify", 60]]);
    expect([engine.queue.calls, pushed.length]).toEqual([[], 1]);
  });

  test("that nobody of ours wrote is set aside with its bytes and the reason", async () => {
    const { worker, engine } = await pushing(endedFlow());
    const stranger = noticed(end, { body: "hello", attributes: {} });
    expect(await worker.process([stranger])).toEqual([]);
    const error = "errand: <kind>/<version>, got nothing";
    expect(engine.queue.sentTo("notify-dead-letters")).toEqual([{ body: "hello", attributes: { error } }]);
  });

  test("waits while the ledger is out of reach, longer the longer it has, and still arrives", async () => {
    let isDown = true;
    const around: NonNullable<EngineOptions["around"]> = (table) => ({
      ...table,
      get: (ids) => (isDown ? Promise.reject(new Error("ECONNREFUSED")) : table.get(ids)),
    });
    const { worker, pushed, engine } = await pushing(endedFlow(), undefined, { around });
    for (const age of [60, 7200, (5 * day) / 1000]) {
      const message = noticed(end, { sentAt: start - age * 1000 });
      expect(await worker.process([message])).toEqual([message.id]);
    }
    expect(hiddenFor(engine)).toEqual([60, 600, 3600].map((seconds) => ["notify", seconds]));
    isDown = false;
    expect(await worker.process([noticed(end)])).toEqual([]);
    expect(pushed).toHaveLength(1);
  });

  test("that can't be hidden comes again all the same", async () => {
    const onHide = () => {
      throw new Error("throttled");
    };
    const throwIt = async () => {
      throw new Error("no");
    };
    const { worker } = await pushing(endedFlow(), throwIt, { onHide });
    const message = noticed(end);
    expect(await worker.process([message])).toEqual([message.id]);
  });
});
