import { expect, test } from "@jest/globals";
import { createDispatcher } from "../../shared/dispatcher/dispatcher.ts";
import { envelopeWith, received, runAddress, start, startAddress } from "../support/builders.ts";
import { createEngine } from "../support/engine.ts";

const newer = { ...received(startAddress), attributes: { errand: "start/2" } };

test.each([
  ["a body that is no JSON", received(startAddress, "hello"), "body: JSON, got something else"],
  ["a body that is no envelope", received(startAddress, "{}"), "version: a number, got undefined"],
  ["no address", { ...received(startAddress), attributes: {} }, "errand: <kind>/<version>, got nothing"],
  ["a job's message", received(runAddress), "errand: start, check, close or send, got run"],
])(
  "a message with %s goes to the dead letters of the dispatch queue with its bytes and the reason",
  async (_, message, error) => {
    const engine = createEngine();
    const good = received(startAddress);
    expect(await createDispatcher(engine).process([message, good])).toEqual([]);
    expect(engine.queue.sentTo("dispatch-dead-letters")).toEqual([
      { body: message.body, attributes: { error } },
    ]);
    expect(engine.queue.sentTo("mail")).toHaveLength(1);
  },
);

test("a stranger's message whose letter isn't taken is kept", async () => {
  const engine = createEngine({
    refuse: (queue) => (queue === "dispatch-dead-letters" ? "full" : undefined),
  });
  const message = received(startAddress, "hello");
  expect(await createDispatcher(engine).process([message])).toEqual([message.id]);
  expect(engine.queue.hidden).toEqual([["dispatch", message.id, 60]]);
});

test.each([
  [0, 60],
  [24, 120],
  [10_000, 3600],
])(
  "a message that fails when it is %s min old is hidden for %s s, itself alone",
  async (minutes, seconds) => {
    const get = () => Promise.reject(new Error("unreachable"));
    const engine = createEngine({ around: (table) => ({ ...table, get }) });
    const sentAt = start - minutes * 60_000;
    const message = received({ ...startAddress, again: true }, undefined, { sentAt });
    const mate = received(startAddress);
    expect(await createDispatcher(engine).process([message, mate])).toEqual([message.id]);
    expect(engine.queue.hidden).toEqual([["dispatch", message.id, seconds]]);
  },
);

test.each([
  [0, 60],
  [24, 120],
  [10_000, 3600],
])(
  "an envelope from a newer deploy that is %s min old is hidden for %s s and never set aside",
  async (minutes, seconds) => {
    const body = JSON.stringify({ ...envelopeWith(), version: 2 });
    for (const message of [newer, received(startAddress, body)]) {
      const engine = createEngine();
      const old = { ...message, sentAt: start - minutes * 60_000 };
      expect(await createDispatcher(engine).process([old])).toEqual([message.id]);
      expect(engine.queue.hidden).toEqual([["dispatch", message.id, seconds]]);
      expect(engine.queue.calls).toEqual([]);
    }
  },
);

test("a message that can't be hidden is delivered again all the same, once reported", async () => {
  const onHide = () => {
    throw new Error("MessageNotInflight");
  };
  const engine = createEngine({ onHide });
  expect(await createDispatcher(engine).process([newer])).toEqual([newer.id]);
});

test("an empty batch is no work", async () => {
  const engine = createEngine();
  expect(await createDispatcher(engine).process([])).toEqual([]);
  expect(engine.queue.calls).toEqual([]);
});
