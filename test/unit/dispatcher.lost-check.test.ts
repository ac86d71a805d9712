import { describe, expect, test } from "@jest/globals";
import { createLostCheckArmer } from "../../shared/dispatcher/arm-lost-check.ts";
import { createDispatcher } from "../../shared/dispatcher/dispatcher.ts";
import { parseAddress } from "../../shared/envelope/address.ts";
import { parseEnvelope } from "../../shared/envelope/envelope.ts";
import type { FlowRecord } from "../../shared/flow/flow-record.ts";
import type { Queue } from "../../shared/queue/queue.ts";
import { type Changes, closeAddress, flowId, flowRecord, received, start } from "../support/builders.ts";
import { createEngine, type EngineOptions } from "../support/engine.ts";

const minute = 60_000;
const hour = 60 * minute;

/** Somebody reads the status of a flow that stands so, just over an hour after its creation. */
async function ask(changes: Changes<FlowRecord> = {}, options: EngineOptions & { jobs?: "ended" } = {}) {
  const engine = createEngine(options);
  const jobs = options.jobs === "ended" ? { mail: { status: "failed" } as const } : { mail: {}, pdf: {} };
  const flow = flowRecord(jobs, changes);
  await engine.given(flow);
  await engine.clock.pass(hour + 1);
  await createLostCheckArmer(engine)(flow);
  return { engine, flow };
}

describe("a status request arms a check", () => {
  test.each<[string, Changes<FlowRecord>]>([
    ["has never been checked", {}],
    ["was checked an hour ago", { checkedAt: start, checkedBy: "other" }],
    ["had such a check an hour ago", { closingAt: start, closingBy: "other" }],
  ])("of an open flow that %s", async (_, changes) => {
    const { engine } = await ask(changes);
    const [armed, ...others] = engine.queue.sentTo("dispatch");
    expect(others).toEqual([]);
    expect(armed).not.toHaveProperty("delaySeconds");
    const address = parseAddress(armed?.attributes ?? {});
    expect(address).toMatchObject({ kind: "close", flow: flowId });
    expect(parseEnvelope(armed?.body ?? "")).toMatchObject({
      flow: { id: flowId, name: "sign-up" },
      jobs: {},
    });
    // Its turn, not that of the checks which can rebuild.
    const record = await engine.recorded();
    expect(record).toMatchObject({ closingAt: start + hour + 1, closingBy: "id" in address && address.id });
    expect(record?.checkedAt).toBe(changes.checkedAt);
    expect(engine.events).toEqual([{ level: "warn", event: "check.lost", flow: flowId }]);
  });

  test.each<[string, Changes<FlowRecord>]>([
    ["was checked since", { checkedAt: start + 1 }],
    ["is younger", { createdAt: start + 1 }],
    ["has one from another request", { closingAt: start + 1 }],
  ])("not of a flow that %s, and writes nothing", async (_, changes) => {
    const { engine, flow } = await ask(changes);
    expect(engine.queue.calls).toEqual([]);
    expect(await engine.recorded()).toEqual(flow);
  });

  test("not of a flow that has ended", async () => {
    const { engine } = await ask({}, { jobs: "ended" });
    expect(engine.queue.calls).toEqual([]);
  });

  test("once, where two ask at the same time", async () => {
    const { engine, flow } = await ask();
    await createLostCheckArmer(engine)(flow);
    expect(engine.queue.calls).toHaveLength(1);
  });
});

describe("a status request is answered all the same", () => {
  const failed = expect.objectContaining({ level: "warn", event: "message.failed", flow: flowId });

  test("where the queue refuses the check", async () => {
    const { engine } = await ask({}, { refuse: () => "full" });
    expect(engine.events).toEqual([failed]);
  });

  test("where the ledger is out of reach", async () => {
    const update = () => Promise.reject(new Error("unreachable"));
    const { engine } = await ask({}, { around: (table) => ({ ...table, update }) });
    expect(engine.events).toEqual([failed]);
    expect(engine.queue.calls).toEqual([]);
  });

  test("a second later where the queue doesn't answer", async () => {
    const engine = createEngine();
    await engine.given(flowRecord());
    await engine.clock.pass(hour + 1);
    const queue: Queue = { ...engine.queue, send: () => new Promise(() => {}) };
    let isAnswered = false;
    const answer = createLostCheckArmer({ ...engine, queue })(flowRecord()).then(() => {
      isAnswered = true;
    });
    await engine.clock.pass(999);
    expect(isAnswered).toBe(false);
    await engine.clock.pass(1);
    await answer;
  });
});

describe("a check without the envelope", () => {
  const message = () =>
    received(
      closeAddress,
      parseEnvelope('{"version":1,"flow":{"id":"x","name":"y","createdAt":1},"jobs":{}}'),
    );
  async function work(flow: FlowRecord, after = hour + 1) {
    const engine = createEngine();
    await engine.given(flow);
    await engine.clock.pass(after);
    expect(await createDispatcher(engine).process([message()])).toEqual([]);
    return engine;
  }

  test("sends nothing again, though a queue be empty, and arms one of its kind", async () => {
    const engine = await work(flowRecord());
    expect(engine.queue.calls).toEqual([{ queue: "dispatch", messages: 1 }]);
    const [armed] = engine.queue.sentTo("dispatch");
    expect(parseAddress(armed?.attributes ?? {}).kind).toBe("close");
    expect(armed).toMatchObject({ delaySeconds: 900, body: message().body });
    expect(engine.queue.asked).toEqual([]);
  });

  test.each<[string, Changes<FlowRecord>]>([
    ["was checked by one with it in the last hour", { checkedAt: start + 2, checkedBy: "other" }],
    ["has another without it", { closingAt: start + hour - 9 * minute, closingBy: "other" }],
  ])("is dropped where its flow %s", async (_, changes) => {
    const flow = flowRecord({ mail: {} }, changes);
    const engine = await work(flow);
    expect(engine.queue.calls).toEqual([]);
    expect(await engine.recorded()).toEqual(flow);
  });

  test("takes its turn again where it is delivered again, in its own name", async () => {
    const own = { closingAt: start + hour, closingBy: closeAddress.id };
    const engine = await work(flowRecord({ mail: {} }, own));
    expect(engine.queue.calls).toHaveLength(1);
  });
});
