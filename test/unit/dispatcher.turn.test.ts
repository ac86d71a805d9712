import { describe, expect, test } from "@jest/globals";
import { createDispatcher } from "../../shared/dispatcher/dispatcher.ts";
import { parseAddress } from "../../shared/envelope/address.ts";
import { parseEnvelope } from "../../shared/envelope/envelope.ts";
import type { FlowRecord } from "../../shared/flow/flow-record.ts";
import type { ReceivedMessage } from "../../shared/queue/queue.ts";
import {
  checkAddress,
  day,
  envelopeWith,
  flowId,
  flowRecord,
  otherFlowId,
  received,
  start,
  startAddress,
} from "../support/builders.ts";
import { createEngine, type EngineOptions } from "../support/engine.ts";

const minute = 60_000;
const graceOver = 11 * day + 15 * minute + 1;

/** Works one message for a flow that stands so, so long after its creation. */
async function work(
  message: ReceivedMessage,
  flow: FlowRecord | undefined,
  { after = 15 * minute, ...options }: EngineOptions & { after?: number } = {},
) {
  const engine = createEngine(options);
  if (flow) await engine.given(flow);
  await engine.clock.pass(after);
  const failed = await createDispatcher(engine).process([message]);
  return { engine, failed };
}

const check = () => received(checkAddress);
const sentBy = (engine: ReturnType<typeof createEngine>) =>
  engine.queue.calls.map(({ queue, messages }) => `${messages} ${queue}`);

describe("a check is dropped", () => {
  test.each([
    ["of a flow that isn't there", undefined],
    ["of a flow that expired", flowRecord({ mail: {} }, { expires: start / 1000 })],
    [
      "of a finished flow",
      flowRecord({ mail: { status: "succeeded" }, pdf: { status: "failed", by: "nonce" } }),
    ],
    [
      "where another had the turn",
      flowRecord({ mail: {} }, { checkedAt: start + 14 * minute, checkedBy: "other" }),
    ],
  ])("%s", async (_, flow) => {
    const { engine, failed } = await work(check(), flow);
    expect(failed).toEqual([]);
    expect(engine.queue.calls).toEqual([]);
    expect(await engine.recorded()).toEqual(flow);
  });

  test.each([
    ["isn't there", undefined],
    ["expired", flowRecord({ mail: {} }, { expires: start / 1000 })],
  ])("with a word in the log where its flow %s", async (_, flow) => {
    const { engine } = await work(check(), flow);
    expect(engine.events).toEqual([
      { level: "warn", event: "message.dropped", flow: flowId, reason: "no such flow" },
    ]);
  });
});

describe("the check of an open flow", () => {
  test("takes the turn, arms the next with its time, and sends what its queue has lost, marked again", async () => {
    const job = { status: "retrying", run: 2, due: start } as const;
    const { engine, failed } = await work(check(), flowRecord({ mail: job, pdf: { status: "succeeded" } }));
    expect(failed).toEqual([]);
    expect(await engine.recorded()).toMatchObject({
      checkedAt: start + 15 * minute,
      checkedBy: "check-message",
    });
    expect(sentBy(engine)).toEqual(["1 dispatch", "1 mail"]);
    const [armed] = engine.queue.sentTo("dispatch");
    expect(parseAddress(armed?.attributes ?? {})).toMatchObject({
      kind: "check",
      armedAt: start + 15 * minute,
    });
    expect(armed).toMatchObject({ delaySeconds: 900, body: check().body });
    const [sent] = engine.queue.sentTo("mail");
    expect(parseAddress(sent?.attributes ?? {})).toMatchObject({
      kind: "run",
      key: "mail",
      run: 2,
      again: true,
    });
    expect(Object.keys(parseEnvelope(sent?.body ?? "").jobs)).toEqual(["mail"]);
    expect(engine.events).toContainEqual({ level: "info", event: "flow.checked", flow: flowId, jobs: 1 });
  });

  test.each([
    ["visible", { visible: 1, inFlight: 0, delayed: 0 }],
    ["in flight", { visible: 0, inFlight: 1, delayed: 0 }],
    ["delayed", { visible: 0, inFlight: 0, delayed: 1 }],
  ])("sends nothing where its queue holds a message that is %s", async (_, depth) => {
    const { engine } = await work(check(), flowRecord({ mail: {} }), { depth: () => depth });
    expect(sentBy(engine)).toEqual(["1 dispatch"]);
  });

  test("sends whatever the queue holds an hour after the job could have run", async () => {
    const depth = () => ({ visible: 9, inFlight: 9, delayed: 9 });
    const address = { ...checkAddress, armedAt: start + 50 * minute };
    const { engine } = await work(received(address), flowRecord({ mail: {} }), { depth, after: 65 * minute });
    expect(sentBy(engine)).toEqual(["1 dispatch", "1 mail"]);
    expect(engine.queue.asked).toEqual([]);
  });

  test("takes the turn again where the same message is delivered again, and mends the same", async () => {
    const flow = flowRecord({ mail: {} }, { checkedAt: start + 14 * minute, checkedBy: "check-message" });
    const { engine } = await work({ ...check(), receiveCount: 2 }, flow);
    expect(sentBy(engine)).toEqual(["1 dispatch", "1 mail"]);
  });

  test("leaves a job whose queue can't be asked to the next check, and sends the others", async () => {
    const depth = (name: string) => {
      if (name === "mail") throw new Error("unreachable");
      return { visible: 0, inFlight: 0, delayed: 0 };
    };
    const { engine, failed } = await work(check(), flowRecord({ mail: {}, pdf: {} }), { depth });
    expect(failed).toEqual([]);
    expect(sentBy(engine)).toEqual(["1 dispatch", "1 pdf"]);
    const reason = "unreachable";
    expect(engine.events).toContainEqual({ level: "warn", event: "message.failed", queue: "mail", reason });
  });

  test("leaves what a queue refuses to the next check, also where it was to be sent whatever the queue holds", async () => {
    const address = { ...checkAddress, armedAt: start + 50 * minute };
    const refuse = (name: string) => (name === "mail" ? "full" : undefined);
    const flow = flowRecord({ mail: {}, pdf: {} });
    const { engine, failed } = await work(received(address), flow, { refuse, after: 65 * minute });
    expect(failed).toEqual([]);
    expect(engine.queue.sentTo("dispatch")).toHaveLength(1);
    expect(engine.queue.sentTo("pdf")).toHaveLength(1);
    const told = {
      level: "warn",
      event: "message.failed",
      queue: "mail",
      flow: flowId,
      reason: "mail: full",
    };
    expect(engine.events).toContainEqual(told);
  });

  test("sends no job that its envelope hasn't, as a redrive's: that one's worker would find no input", async () => {
    const message = received(checkAddress, envelopeWith({ mail: {} }));
    const { engine } = await work(message, flowRecord({ mail: {}, pdf: {} }));
    expect(sentBy(engine)).toEqual(["1 dispatch", "1 mail"]);
  });

  test("asks the depth of each queue once for a whole batch", async () => {
    const engine = createEngine();
    await engine.given(flowRecord({ mail: {}, pdf: {} }));
    await engine.given(flowRecord({ mail: {}, pdf: {} }, { id: otherFlowId }));
    await createDispatcher(engine).process([
      check(),
      received({ ...checkAddress, flow: otherFlowId, id: "other" }),
    ]);
    expect([...engine.queue.asked].sort()).toEqual(["mail", "pdf"]);
  });
});

describe("a start that was delivered before, or is marked again,", () => {
  const jobs = {
    mail: {},
    pdf: { status: "succeeded" },
    second: { job: "mail", status: "retrying", due: start + 99 * minute },
  } as const;
  const again = { ...startAddress, again: true };
  test.each([
    ["redelivered", () => ({ ...received(startAddress), receiveCount: 2 })],
    ["marked", () => received(again)],
    ["marked and redelivered", () => ({ ...received(again), receiveCount: 5 })],
  ])("sends the queued jobs alone, whatever their queue holds, and arms a check: %s", async (_, message) => {
    const depth = () => ({ visible: 9, inFlight: 0, delayed: 0 });
    const { engine } = await work(message(), flowRecord(jobs), { depth, after: minute });
    expect(sentBy(engine)).toEqual(["1 dispatch", "1 mail"]);
    expect(parseAddress(engine.queue.sentTo("mail")[0]?.attributes ?? {})).toMatchObject({
      key: "mail",
      again: true,
    });
    expect(await engine.recorded()).toMatchObject({ checkedBy: "start-message" });
  });

  test("is dropped where the flow is gone, or another has the turn", async () => {
    const turned = flowRecord(jobs, { checkedAt: start, checkedBy: "other" });
    for (const flow of [undefined, turned]) {
      const { engine, failed } = await work(received(again), flow, { after: minute });
      expect([failed, engine.queue.calls]).toEqual([[], []]);
    }
  });
});

describe("past the deadline and its grace", () => {
  test("each open job is failed with its letter, and the flow's check is not armed again", async () => {
    const jobs = {
      mail: {},
      pdf: { status: "succeeded" },
      second: { job: "pdf", status: "retrying", attempts: 3, due: start },
    } as const;
    const { engine, failed } = await work(check(), flowRecord(jobs), { after: graceOver });
    expect(failed).toEqual([]);
    expect(await engine.recorded()).toMatchObject({
      open: 0,
      jobs: {
        mail: { status: "failed", error: "deadline", attempts: 0, left: 1 },
        second: { status: "failed", left: 0 },
      },
    });
    expect(sentBy(engine)).toEqual(["1 mail-dead-letters", "1 pdf-dead-letters"]);
    const [letter] = engine.queue.sentTo("pdf-dead-letters");
    expect(letter?.attributes).toMatchObject({
      errand: "run/1",
      job: `${flowId}.second`,
      error: "deadline",
      attempts: 3,
    });
    expect(parseAddress(letter?.attributes ?? {})).toMatchObject({ kind: "run", key: "second" });
    const told = (name: string) => engine.events.filter(({ event }) => event === name);
    expect(told("flow.overdue")).toEqual([{ level: "warn", event: "flow.overdue", flow: flowId, jobs: 2 }]);
    expect(told("flow.finished")).toMatchObject([{ flow: flowId, status: "failed" }]);
  });

  test("a job whose lease is alive is left, and a check is armed for it", async () => {
    const alive = { status: "running", owner: "he", leaseEnd: start + graceOver + 1 } as const;
    const { engine } = await work(check(), flowRecord({ mail: alive, pdf: {} }), { after: graceOver });
    expect(await engine.recorded()).toMatchObject({
      open: 1,
      jobs: { mail: alive, pdf: { status: "failed" } },
    });
    expect(sentBy(engine)).toEqual(["1 pdf-dead-letters", "1 dispatch"]);
  });

  test("a job that a check ended in a flow still open is paid again", async () => {
    const finishedAt = start + graceOver - minute;
    const ended = { status: "failed", by: "check:nonce", error: "deadline", finishedAt } as const;
    const { engine } = await work(check(), flowRecord({ mail: ended, pdf: {} }), { after: graceOver });
    expect(engine.queue.sentTo("mail-dead-letters")).toHaveLength(1);
    expect(engine.queue.sentTo("pdf-dead-letters")).toHaveLength(1);
  });
});
