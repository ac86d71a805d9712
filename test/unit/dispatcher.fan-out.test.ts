import { describe, expect, test } from "@jest/globals";
import { formatPointer } from "../../shared/claim-check/pointer.ts";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";
import { createDispatcher } from "../../shared/dispatcher/dispatcher.ts";
import { parseAddress } from "../../shared/envelope/address.ts";
import { encodeEnvelope, parseEnvelope } from "../../shared/envelope/envelope.ts";
import type { FlowRecord } from "../../shared/flow/flow-record.ts";
import { randomId } from "../../shared/flow/ids.ts";
import type { OutgoingMessage } from "../../shared/queue/queue.ts";
import { envelopeWith, flowId, flowRecord, received, start, startAddress } from "../support/builders.ts";
import { createEngine } from "../support/engine.ts";

const entropy = createSeededEntropy(7);

/** A first delivery of another flow's start, with the two jobs. */
function aStart(flow = randomId(entropy)) {
  const envelope = envelopeWith({ mail: { to: flow }, pdf: { for: flow } });
  return received({ ...startAddress, flow }, { ...envelope, flow: { ...envelope.flow, id: flow } });
}

const pointer = formatPointer({ bucket: "payloads", key: `flows/${flowId}/hash` });
const sized = { attributes: { ExtendedPayloadSize: 300_000 } };

describe("the first delivery of a start", () => {
  test("arms a check with the envelope, then sends each job its own part", async () => {
    const engine = createEngine();
    const message = received(startAddress, envelopeWith({ mail: { a: 1 }, pdf: { b: 2 } }));
    expect(await createDispatcher(engine).process([message])).toEqual([]);
    expect(engine.queue.calls.map(({ queue }) => queue)).toEqual(["dispatch", "mail", "pdf"]);
    const [check] = engine.queue.sentTo("dispatch");
    expect(check).toMatchObject({ body: message.body, delaySeconds: 900 });
    expect(parseAddress(check?.attributes ?? {})).toMatchObject({
      kind: "check",
      flow: flowId,
      armedAt: start,
    });
    expect(check?.attributes["id"]).not.toBe("start-message");
    const [mail] = engine.queue.sentTo("mail");
    expect(mail).not.toHaveProperty("delaySeconds");
    expect(parseAddress(mail?.attributes ?? {})).toEqual({
      ...{ kind: "run", flow: flowId, key: "mail", run: 0, deadline: startAddress.deadline, again: false },
    });
    expect(parseEnvelope(mail?.body ?? "").jobs).toEqual({ mail: { job: "mail", input: { a: 1 } } });
    expect(engine.events).toEqual([{ level: "info", event: "flow.dispatched", flow: flowId, jobs: 2 }]);
  });

  test("hands its trace on whole: Lambda finds loops by the fields that it adds", async () => {
    const engine = createEngine();
    const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1;Lineage=2:c3e4b99a:0";
    await createDispatcher(engine).process([received(startAddress, undefined, { trace })]);
    const all = ["dispatch", "mail", "pdf"].flatMap((queue) => engine.queue.sentTo(queue));
    expect(all.map((message) => message.trace)).toEqual([trace, trace, trace]);
  });

  test("asks the ledger nothing", async () => {
    const get = () => Promise.reject(new Error("asked"));
    const engine = createEngine({ around: (table) => ({ ...table, get, update: get }) });
    expect(await createDispatcher(engine).process([aStart()])).toEqual([]);
  });

  test("is gathered with nine others into one send for each queue", async () => {
    const engine = createEngine();
    const batch = Array.from({ length: 10 }, () => aStart());
    expect(await createDispatcher(engine).process(batch)).toEqual([]);
    expect(engine.queue.calls).toEqual([
      { queue: "dispatch", messages: 10 },
      { queue: "mail", messages: 10 },
      { queue: "pdf", messages: 10 },
    ]);
  });

  test("sends a job of another name than its key to that name's queue", async () => {
    const engine = createEngine();
    const envelope = envelopeWith({});
    const jobs = { second: { job: "mail", input: {} } };
    await createDispatcher(engine).process([received(startAddress, { ...envelope, jobs })]);
    const [message] = engine.queue.sentTo("mail");
    expect(parseAddress(message?.attributes ?? {})).toMatchObject({ key: "second" });
    expect(parseEnvelope(message?.body ?? "").jobs).toEqual(jobs);
  });
});

describe("an offloaded start", () => {
  test("is fanned out by the ledger's word; all its messages share the pointer and its size", async () => {
    const engine = createEngine();
    await engine.given(flowRecord({ mail: {}, second: { job: "pdf" } }, { deadline: 1_777_777_777_777 }));
    expect(await createDispatcher(engine).process([received(startAddress, pointer, sized)])).toEqual([]);
    const all = ["dispatch", "mail", "pdf"].flatMap((queue) => engine.queue.sentTo(queue));
    expect(all.map(({ body }) => body)).toEqual([pointer, pointer, pointer]);
    expect(all.map(({ attributes }) => attributes["ExtendedPayloadSize"])).toEqual([
      300_000, 300_000, 300_000,
    ]);
    expect(all.slice(1).map(({ attributes }) => parseAddress(attributes))).toEqual([
      { kind: "run", flow: flowId, key: "mail", run: 0, deadline: 1_777_777_777_777, again: false },
      { kind: "run", flow: flowId, key: "second", run: 0, deadline: 1_777_777_777_777, again: false },
    ]);
  });

  test("of a flow that the ledger hasn't is dropped", async () => {
    const engine = createEngine();
    expect(await createDispatcher(engine).process([received(startAddress, pointer, sized)])).toEqual([]);
    expect(engine.queue.calls).toEqual([]);
    expect(engine.events).toEqual([
      { level: "warn", event: "message.dropped", flow: flowId, reason: "no such flow" },
    ]);
  });

  test("sends what the Java client 1.x calls the size on by its current name", async () => {
    const engine = createEngine();
    await engine.given(flowRecord({ mail: {} }));
    const legacy = { attributes: { SQSLargePayloadSize: 300_000 } };
    await createDispatcher(engine).process([received(startAddress, pointer, legacy)]);
    expect(engine.queue.sentTo("mail")[0]?.attributes).toMatchObject({ ExtendedPayloadSize: 300_000 });
  });
});

describe("of ten flows of a batch", () => {
  const ids = Array.from({ length: 10 }, () => randomId(entropy));
  const unlucky = ids[3] ?? "";
  const batch = () => ids.map((id) => aStart(id));
  const isOf = (body: string) => body.includes(unlucky);

  test("the one whose check can't be armed is reported, and isn't fanned out", async () => {
    const engine = createEngine({
      refuse: (queue, { body }) => (queue === "dispatch" && isOf(body) ? "full" : undefined),
    });
    const messages = batch();
    expect(await createDispatcher(engine).process(messages)).toEqual([messages[3]?.id]);
    expect(engine.queue.sentTo("mail")).toHaveLength(9);
    expect(engine.queue.sentTo("pdf").some(({ body }) => isOf(body))).toBe(false);
    expect(engine.events.filter(({ level }) => level === "warn")).toEqual([
      { level: "warn", event: "message.failed", queue: "dispatch", flow: unlucky, reason: "dispatch: full" },
    ]);
  });

  test("the one of whose jobs one is refused gets that back by itself; its other job is sent", async () => {
    const engine = createEngine({
      refuse: (queue, { body }) => (queue === "mail" && isOf(body) ? "full" : undefined),
    });
    expect(await createDispatcher(engine).process(batch())).toEqual([]);
    expect(engine.queue.sentTo("mail")).toHaveLength(9);
    expect(engine.queue.sentTo("pdf")).toHaveLength(10);
    const [back, ...others] = engine.queue.sentTo("dispatch").slice(10);
    expect(others).toEqual([]);
    expect(back?.delaySeconds).toBe(60);
    expect(parseAddress(back?.attributes ?? {})).toEqual({
      kind: "send",
      flow: unlucky,
      key: "mail",
      run: 0,
    });
    expect(parseEnvelope(back?.body ?? "").jobs).toEqual({ mail: { job: "mail", input: { to: unlucky } } });
    const told = {
      level: "warn",
      event: "message.failed",
      queue: "mail",
      flow: unlucky,
      reason: "mail: full",
    };
    expect(engine.events.filter(({ level }) => level === "warn")).toEqual([told]);
  });

  test("the one of whose jobs one is refused and can't be put back either is reported, itself alone", async () => {
    const isBack = ({ attributes }: OutgoingMessage) => parseAddress(attributes).kind === "send";
    const engine = createEngine({
      refuse: (queue, message) =>
        (queue === "mail" && isOf(message.body)) || (queue === "dispatch" && isBack(message))
          ? "full"
          : undefined,
    });
    const messages = batch();
    expect(await createDispatcher(engine).process(messages)).toEqual([messages[3]?.id]);
    expect(engine.queue.sentTo("pdf")).toHaveLength(10);
  });

  test("all but the one are worked where the ledger is out of reach for it", async () => {
    const get = () => Promise.reject(new Error("unreachable"));
    const engine = createEngine({ around: (table) => ({ ...table, get }) });
    const messages = batch();
    const again = received({ ...startAddress, flow: unlucky, again: true });
    expect(await createDispatcher(engine).process([...messages.slice(0, 9), again])).toEqual([again.id]);
    expect(engine.queue.sentTo("mail")).toHaveLength(9);
  });
});

test("a job whose queue nobody knows yet is put back: a newer deploy is under way", async () => {
  const engine = createEngine({
    refuse: (queue) => (queue === "later" ? "queue: one of mail, got later" : undefined),
  });
  const message = received(
    startAddress,
    encodeEnvelope({ ...envelopeWith({}), jobs: { later: { job: "later", input: 1 } } }),
  );
  expect(await createDispatcher(engine).process([message])).toEqual([]);
  const kinds = engine.queue.sentTo("dispatch").map(({ attributes }) => parseAddress(attributes).kind);
  expect(kinds).toEqual(["check", "send"]);
});

describe("a job that was put back", () => {
  const address = { kind: "send", flow: flowId, key: "second", run: 1 } as const;
  const message = (body?: string) =>
    received(address, body ?? { ...envelopeWith({}), jobs: { second: { job: "mail", input: 7 } } }, sized);
  const queued = flowRecord({ second: { job: "mail", run: 1 } }, { deadline: 1_777_777_777_777 });

  test.each([
    ["its part of the envelope", undefined],
    ["the pointer", pointer],
  ])("goes to its queue with %s, marked again, and arms nothing", async (_, body) => {
    const engine = createEngine();
    await engine.given(queued);
    expect(await createDispatcher(engine).process([message(body)])).toEqual([]);
    expect(engine.queue.calls).toEqual([{ queue: "mail", messages: 1 }]);
    const [sent] = engine.queue.sentTo("mail");
    expect(sent?.body).toBe(message(body).body);
    expect(parseAddress(sent?.attributes ?? {})).toEqual({
      ...{ ...address, kind: "run", deadline: 1_777_777_777_777, again: true },
    });
    expect(sent?.attributes).toMatchObject(sized.attributes);
  });

  test("is hidden for longer the longer its queue refuses it", async () => {
    const engine = createEngine({ refuse: (queue) => (queue === "mail" ? "full" : undefined) });
    await engine.given(queued);
    const old = { ...message(), sentAt: start - 2 * 3600 * 1000 };
    expect(await createDispatcher(engine).process([old])).toEqual([old.id]);
    expect(engine.queue.hidden).toEqual([["dispatch", old.id, 600]]);
    expect(engine.queue.sentTo("dispatch")).toEqual([]);
  });

  test.each<[string, FlowRecord | undefined]>([
    ["its flow is gone", undefined],
    ["it has been redriven", flowRecord({ second: { job: "mail", run: 2 } })],
    ["it runs", flowRecord({ second: { job: "mail", run: 1, status: "running", leaseEnd: start + 1 } })],
    ["it has ended", flowRecord({ second: { job: "mail", run: 1, status: "failed" } })],
    ["the flow has no such job", flowRecord({ mail: { run: 1 } })],
  ])("is dropped where %s meanwhile", async (_, flow) => {
    const engine = createEngine();
    if (flow) await engine.given(flow);
    expect(await createDispatcher(engine).process([message()])).toEqual([]);
    expect(engine.queue.calls).toEqual([]);
  });
});
