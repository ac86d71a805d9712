import { describe, expect, test } from "@jest/globals";
import { parseAddress } from "../../shared/envelope/address.ts";
import { parseEnvelope } from "../../shared/envelope/envelope.ts";
import { tokenMatches } from "../../shared/flow/token.ts";
import type { Table } from "../../shared/ledger/table.ts";
import { createProducer } from "../../shared/producer/producer.ts";
import { IdempotencyConflictError, type UnavailableError } from "../../shared/producer/start-errors.ts";
import { createEngine, type EngineOptions, mail, pdf, signUp, zoe } from "../support/engine.ts";
import { repeatingTable } from "../support/table-repeating.ts";

const idempotencyKey = "0123456789abcdef";

async function started(options: EngineOptions = {}) {
  const engine = createEngine(options);
  const producer = createProducer(engine.ports);
  const first = await producer.start(signUp, zoe, { idempotencyKey });
  const record = async () => {
    const flow = await engine.recorded(first.flow.id);
    if (!flow) throw new Error("the flow is gone");
    return flow;
  };
  return { engine, producer, first, record };
}

describe("the same key", () => {
  test("with the same input, however it is written, is the same flow with a token of its own", async () => {
    const { producer, first, record } = await started();
    const second = await producer.start(signUp, { name: zoe.name, email: zoe.email }, { idempotencyKey });
    expect(second).toMatchObject({ replayed: true, flow: first.flow });
    expect(second.token).not.toBe(first.token);
    const { tokens } = await record();
    expect(tokenMatches(first.token, tokens) && tokenMatches(second.token, tokens)).toBe(true);
  });

  test("with another input is a conflict, which sends and changes nothing", async () => {
    const { engine, producer, record } = await started();
    const before = await record();
    const conflict = producer.start(signUp, { ...zoe, name: "Zoe" }, { idempotencyKey });
    await expect(conflict).rejects.toBeInstanceOf(IdempotencyConflictError);
    expect(engine.queue.calls).toHaveLength(1);
    expect(await record()).toEqual(before);
  });

  test("for another flow is another flow", async () => {
    const { producer, first } = await started();
    const pushed = await producer.push(mail, zoe, { idempotencyKey });
    expect(pushed).toMatchObject({ replayed: false });
    expect(pushed.flow.id).not.toBe(first.flow.id);
  });

  test("gives four tokens at the most: the oldest goes", async () => {
    const { producer, first, record } = await started();
    const tokens = [first.token];
    for (let replay = 0; replay < 4; replay++) {
      tokens.push((await producer.start(signUp, zoe, { idempotencyKey })).token);
    }
    const { tokens: hashes } = await record();
    expect(hashes).toHaveLength(4);
    expect(tokens.map((token) => tokenMatches(token, hashes))).toEqual([false, true, true, true, true]);
  });

  test("twice at once is one flow with two tokens", async () => {
    const engine = createEngine();
    const producer = createProducer(engine.ports);
    const both = await Promise.all([1, 2].map(() => producer.start(signUp, zoe, { idempotencyKey })));
    expect(both.map(({ replayed }) => replayed).sort()).toEqual([false, true]);
    const flow = await engine.recorded(both[0]?.flow.id);
    expect(both.every(({ token }) => tokenMatches(token, flow?.tokens ?? []))).toBe(true);
  });
});

describe("a replay", () => {
  test("sends again while every job is queued, marked so", async () => {
    const { engine, producer, first } = await started();
    await producer.start(signUp, zoe, { idempotencyKey });
    const [one, two] = engine.queue.sentTo("dispatch");
    expect(parseAddress(two?.attributes ?? {})).toEqual({
      ...parseAddress(one?.attributes ?? {}),
      id: expect.not.stringMatching(String(one?.attributes["flow"])),
      again: true,
    });
    expect(two?.attributes["id"]).not.toBe(one?.attributes["id"]);
    expect(parseEnvelope(two?.body ?? "").flow.id).toBe(first.flow.id);
  });

  test("keeps the time and the deadline of the record", async () => {
    const { engine, producer, first, record } = await started();
    await engine.clock.pass(3_600_000);
    const second = await producer.start(signUp, zoe, { idempotencyKey });
    expect(second.flow.createdAt).toBe(first.flow.createdAt);
    const [one, two] = engine.queue.sentTo("dispatch");
    expect(two?.body).toBe(one?.body);
    expect(two?.attributes["deadline"]).toBe((await record()).deadline);
  });

  test("sends nothing once a job has moved on", async () => {
    const { engine, producer, record } = await started();
    const flow = await record();
    await engine.given({
      ...flow,
      jobs: { ...flow.jobs, mail: { status: "retrying", run: 0, attempts: 1 } },
    });
    expect(await producer.start(signUp, zoe, { idempotencyKey })).toMatchObject({ replayed: true });
    expect(engine.queue.calls).toHaveLength(1);
  });

  test("after a deploy sends the recorded jobs only", async () => {
    const { engine, producer } = await started();
    const grown = { ...signUp, plan: () => [pdf.with(zoe), mail.with(zoe), pdf.with(zoe, { key: "new" })] };
    await producer.start(grown, zoe, { idempotencyKey });
    const shrunk = { ...signUp, plan: () => [pdf.with(zoe)] };
    await producer.start(shrunk, zoe, { idempotencyKey });
    const [, second, third] = engine.queue
      .sentTo("dispatch")
      .map(({ body }) => Object.keys(parseEnvelope(body).jobs));
    expect(second).toEqual(["mail", "pdf"]);
    expect(third).toEqual(["pdf"]);
  });

  test("of a flow that expired starts it anew", async () => {
    const { engine, producer, first } = await started();
    await engine.clock.pass(41 * 24 * 3_600_000);
    const again = await producer.start(signUp, zoe, { idempotencyKey });
    expect(again).toMatchObject({ replayed: false, flow: { id: first.flow.id } });
  });
});

describe("where the answer of the put is lost", () => {
  test("and the SDK tries again, the flow is ours and sent once", async () => {
    const { engine, first } = await started({ around: repeatingTable });
    expect(first.replayed).toBe(false);
    expect(parseAddress(engine.queue.sentTo("dispatch")[0]?.attributes ?? {})).toMatchObject({
      again: false,
    });
    expect(engine.queue.calls).toHaveLength(1);
  });

  test("for good, a repeat with the key sends what was recorded", async () => {
    let isLost = true;
    const losing = (table: Table): Table => ({
      ...table,
      put: async (...args) => {
        const answer = await table.put(...args);
        if (!isLost) return answer;
        isLost = false;
        throw new Error("connection reset");
      },
    });
    const engine = createEngine({ around: losing });
    const producer = createProducer(engine.ports);
    const error = await producer.start(signUp, zoe).catch((thrown: unknown) => thrown);
    const key = (error as UnavailableError).idempotencyKey;
    expect(engine.queue.calls).toEqual([]);
    const repeated = await producer.start(signUp, zoe, { idempotencyKey: key });
    expect(repeated).toMatchObject({ replayed: true, flow: { status: "running" } });
    expect(parseAddress(engine.queue.sentTo("dispatch")[0]?.attributes ?? {})).toMatchObject({ again: true });
  });
});
