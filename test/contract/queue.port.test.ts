import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { maximumMessageBytes } from "../../shared/queue/batches.ts";
import type { OutgoingMessage, QueueName, ReceivedMessage } from "../../shared/queue/queue.ts";
import { type BadMessage, type QueueAdapter, queueAdapters } from "../support/queue-adapters.ts";

const message = (body: string): OutgoingMessage => ({ body, attributes: { job: "mail" } });

describe.each(queueAdapters)("the %s queue", (_, startAdapter, { unchecked, forgetful }) => {
  let adapter: QueueAdapter;
  beforeAll(async () => {
    adapter = await startAdapter();
  });
  afterAll(() => adapter.stop());

  /** Receives and removes until that many have come, or none does. */
  async function drain(name: QueueName, count: number): Promise<string[]> {
    const bodies: string[] = [];
    while (bodies.length < count) {
      const messages = await adapter.receive(name, { waitSeconds: 2 });
      if (messages.length === 0) break;
      bodies.push(...messages.map(({ body }) => body));
      await Promise.all(messages.map(({ receipt }) => adapter.remove(name, receipt)));
    }
    return bodies;
  }

  async function receiveOne(name: QueueName, options = {}): Promise<ReceivedMessage> {
    const [only] = await adapter.receive(name, { max: 1, ...options });
    if (!only) throw new Error("no message came");
    return only;
  }

  test("hands a message on as it was sent, with attributes of both types", async () => {
    const name = await adapter.create();
    const attributes = { errand: "run/1", deadline: 1_768_176_000_000, zero: 0, text: "ünï ∑ 12" };
    expect(await adapter.queue.send(name, [{ body: `{"δ":"€"}\n`, attributes }])).toEqual([]);
    const received = await receiveOne(name);
    expect(received).toMatchObject({ body: `{"δ":"€"}\n`, attributes, receiveCount: 1 });
    expect(received.sentAt).toBeGreaterThan(1_700_000_000_000);
  });

  const checkTraces = forgetful ? test.skip : test;
  checkTraces("hands on the trace of each message, and none where it was sent without", async () => {
    const name = await adapter.create();
    const traces = [...["1", "2"].map((digit) => `Root=1-5759e988-${digit.repeat(24)};Sampled=1`), undefined];
    await adapter.queue.send(
      name,
      traces.map((trace) => ({ ...message("x"), trace })),
    );
    const received = await adapter.receive(name);
    expect(received.map(({ trace }) => trace).sort()).toEqual(traces);
  });

  test("sends nothing without complaint", async () => {
    const name = await adapter.create();
    expect(await adapter.queue.send(name, [])).toEqual([]);
    expect(await adapter.queue.depth(name)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  test("hands on all of twenty-five messages of one send", async () => {
    const name = await adapter.create();
    const bodies = Array.from({ length: 25 }, (_, index) => `message ${index}`);
    expect(await adapter.queue.send(name, bodies.map(message))).toEqual([]);
    expect((await drain(name, 25)).sort()).toEqual([...bodies].sort());
  });

  test("cuts a send of more than 1 MiB into several", async () => {
    const name = await adapter.create();
    const bodies = ["a", "b", "c"].map((letter) => letter.repeat(600 * 1024));
    expect(await adapter.queue.send(name, bodies.map(message))).toEqual([]);
    expect((await drain(name, 3)).sort()).toEqual(bodies);
  });

  test("takes a message of exactly 1 MiB, attributes included, and none larger", async () => {
    const name = await adapter.create();
    const attributeBytes = "job".length + "String".length + "mail".length;
    const largest = "x".repeat(maximumMessageBytes - attributeBytes);
    expect(await adapter.queue.send(name, [message(largest)])).toEqual([]);
    const [failure, ...others] = await adapter.queue.send(name, [message(`${largest}x`)]);
    expect(others).toEqual([]);
    expect(failure).toEqual({ index: 0, reason: expect.stringMatching(/\S/) });
  });

  const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`a${index}`, index]));
  const badMessages: readonly (readonly [BadMessage, OutgoingMessage])[] = [
    ["an oversized one", message("x".repeat(maximumMessageBytes + 1))],
    ["one with a character that XML hasn't", message("x\uffff")],
    ["one without a body", message("")],
    ["one with an eleventh attribute", { body: "x", attributes: eleven }],
    ["one with an empty attribute", { body: "x", attributes: { job: "" } }],
    ["one delayed by more than 900 s", { ...message("x"), delaySeconds: 901 }],
  ];
  for (const [kind, bad] of badMessages) {
    const check = unchecked.includes(kind) ? test.skip : test;
    check(`reports one bad message by its index alone, and sends its mates: ${kind}`, async () => {
      const name = await adapter.create();
      const failures = await adapter.queue.send(name, [message("first"), bad, message("last")]);
      expect(failures).toEqual([{ index: 1, reason: expect.stringMatching(/\S/) }]);
      expect((await drain(name, 2)).sort()).toEqual(["first", "last"]);
    });
  }

  test("reports each message to a queue that it doesn't know, with the name", async () => {
    const failures = await adapter.queue.send("nowhere", [message("a"), message("b")]);
    expect(failures).toEqual([0, 1].map((index) => ({ index, reason: expect.stringContaining("nowhere") })));
  });

  test.each(["nowhere", "constructor"])(
    "throws for the depth and a hide in a queue that isn't there: %s",
    async (name) => {
      const received = { id: "1", receipt: "r", body: "b", attributes: {}, receiveCount: 1, sentAt: 1 };
      await expect(adapter.queue.depth(name)).rejects.toThrow(name);
      await expect(adapter.queue.hide(name, received, 0)).rejects.toThrow(name);
    },
  );

  test("delivers a delayed message when its time has come, and not before", async () => {
    const name = await adapter.create();
    await adapter.queue.send(name, [{ ...message("later"), delaySeconds: 1 }, message("now")]);
    expect((await adapter.receive(name)).map(({ body }) => body)).toEqual(["now"]);
    expect((await adapter.receive(name, { waitSeconds: 5 })).map(({ body }) => body)).toEqual(["later"]);
  });

  test("gives a message back at once when it is hidden for 0 s", async () => {
    const name = await adapter.create();
    await adapter.queue.send(name, [message("again")]);
    const first = await receiveOne(name);
    expect(await adapter.receive(name)).toEqual([]);
    await adapter.queue.hide(name, first, 0);
    const second = await receiveOne(name);
    expect(second).toMatchObject({ id: first.id, body: "again", receiveCount: 2 });
    expect(second.sentAt).toBe(first.sentAt);
  });

  test("gives a message back after as long as it was hidden for", async () => {
    const name = await adapter.create();
    await adapter.queue.send(name, [message("again")]);
    const before = await receiveOne(name, { visibilitySeconds: 30 });
    await adapter.queue.hide(name, before, 1);
    expect(await adapter.receive(name)).toEqual([]);
    expect(await receiveOne(name, { waitSeconds: 5 })).toMatchObject({ body: "again", receiveCount: 2 });
  });

  test("throws for a hide of a message that isn't in flight any more", async () => {
    const name = await adapter.create();
    await adapter.queue.send(name, [message("gone")]);
    const received = await receiveOne(name);
    await adapter.remove(name, received.receipt);
    await expect(adapter.queue.hide(name, received, 5)).rejects.toThrow();
  });

  test("counts what is visible, in flight and delayed apart", async () => {
    const name = await adapter.create();
    const delayed = { ...message("delayed"), delaySeconds: 900 };
    await adapter.queue.send(name, [message("a"), message("b"), message("c"), delayed]);
    await receiveOne(name);
    expect(await adapter.queue.depth(name)).toEqual({ visible: 2, inFlight: 1, delayed: 1 });
  });
});
