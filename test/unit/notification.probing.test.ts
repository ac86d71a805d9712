import { expect, test } from "@jest/globals";
import type { NotificationChannels } from "../../shared/notification/notification.ts";
import { createNotifier } from "../../shared/notification/notifier.ts";
import type { ReceivedMessage } from "../../shared/queue/queue.ts";
import { type Probe, probeMessage } from "../../shared/webhook/probe-message.ts";
import { start } from "../support/builders.ts";
import { createEngine } from "../support/engine.ts";

const probe: Probe = { id: "probe-1", origin: "https://hooks.example.com" };
const silent = { webhook: async () => {}, push: async () => {} };

/** A notifier whose channel answers so to a probe. */
function probing(answer: NotificationChannels["probe"]) {
  const engine = createEngine();
  const channels = answer ? { ...silent, probe: answer } : silent;
  return { engine, notifier: createNotifier({ ...engine.ports, channels }) };
}

function received(receiveCount: number, changes: Partial<ReceivedMessage> = {}): ReceivedMessage {
  return { id: "m1", receipt: "r1", receiveCount, sentAt: start, ...probeMessage(probe, 0), ...changes };
}

test("a probe has its turn, with what its function has left, and is acknowledged where nobody waits any more", async () => {
  const heard: unknown[] = [];
  const { notifier, engine } = probing(async (each, remaining) => {
    heard.push([each, remaining()]);
    return undefined;
  });
  expect(await notifier.process([received(1)], () => 30_000)).toEqual([]);
  // Unless told otherwise that of a function that has just begun.
  expect(await notifier.process([received(1)])).toEqual([]);
  expect(heard).toEqual([
    [probe, 30_000],
    [probe, 45_000],
  ]);
  expect([engine.queue.hidden, engine.queue.calls]).toEqual([[], []]);
});

test("it is hidden for as long as it says, but for the first three times, after which no alarm counts its age", async () => {
  const { notifier, engine } = probing(async () => 7200);
  for (const count of [1, 2, 3, 4, 5]) expect(await notifier.process([received(count)])).toEqual(["m1"]);
  expect(engine.queue.hidden.map(([, , seconds]) => seconds)).toEqual([60, 60, 60, 7200, 7200]);
});

test("it waits where its turn fails, and where nobody knows of probes, and is never sent again", async () => {
  const failing = probing(async () => {
    throw new Error("ThrottlingException");
  });
  expect(await failing.notifier.process([received(9)])).toEqual(["m1"]);
  const unknown = probing(undefined);
  expect(await unknown.notifier.process([received(9)])).toEqual(["m1"]);
  for (const { engine } of [failing, unknown]) {
    expect(engine.queue.hidden.map(([, , seconds]) => seconds)).toEqual([60]);
    expect(engine.queue.calls).toEqual([]);
  }
});

test.each(["", "{}", '{"origin":"https://hooks.example.com/a"}', '{"origin":"nowhere"}'])(
  "one whose body names no origin is set aside: %s",
  async (body) => {
    const { notifier, engine } = probing(async () => 1);
    expect(await notifier.process([received(1, { body })])).toEqual([]);
    expect(engine.queue.calls.map(({ queue }) => queue)).toEqual(["notify-dead-letters"]);
  },
);
