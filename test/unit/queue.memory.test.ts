import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";
import { createMemoryQueue, type QueueLimits } from "../../shared/queue/memory-queue.ts";
import type { ReceivedMessage } from "../../shared/queue/queue.ts";
import { createManualClock } from "../support/clock-manual.ts";

function createQueue(limits: QueueLimits = {}) {
  const clock = createManualClock(0);
  const queues = ["mail", "mail-dead-letters"];
  return { clock, queue: createMemoryQueue({ queues, clock, entropy: createSeededEntropy(1), limits }) };
}

const received = (queue: ReturnType<typeof createQueue>["queue"], max = 10, visibilitySeconds = 30) =>
  queue.receive("mail", { max, visibilitySeconds });

/** What a queue is, told by looking through all of it each time. */
interface Model {
  readonly body: string;
  readonly sentAt: number;
  visibleAt: number;
  /** Of the last receive. */
  receipt: string | undefined;
}

type Step =
  | { readonly kind: "send"; readonly delaySeconds: number }
  | { readonly kind: "receive"; readonly max: number; readonly visibilitySeconds: number }
  | { readonly kind: "hide"; readonly which: number; readonly seconds: number }
  | { readonly kind: "remove"; readonly which: number }
  | { readonly kind: "pass"; readonly seconds: number };

const seconds = fc.integer({ min: 0, max: 20 });
const which = fc.nat({ max: 9 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("send" as const), delaySeconds: seconds }),
    fc.record({
      kind: fc.constant("receive" as const),
      max: fc.integer({ min: 1, max: 10 }),
      visibilitySeconds: seconds,
    }),
    fc.record({ kind: fc.constant("hide" as const), which, seconds }),
    fc.record({ kind: fc.constant("remove" as const), which }),
    fc.record({ kind: fc.constant("pass" as const), seconds }),
  ),
  { maxLength: 60 },
);

describe("the queue in memory", () => {
  test("holds, hides, limits and forgets what a plain list of messages would", async () => {
    await fc.assert(fc.asyncProperty(steps, followModel), { numRuns: 500, seed: 1 });
  });

  test("hides no message for longer than 12 hours from its receive, as SQS", async () => {
    const { clock, queue } = createQueue();
    await queue.send("mail", [{ body: "x", attributes: {} }]);
    const [message] = received(queue, 1, 3600);
    if (!message) throw new Error("no message came");
    await clock.pass(1000);
    await expect(queue.hide("mail", message, 12 * 3600)).rejects.toThrow("12 hours");
    await queue.hide("mail", message, 12 * 3600 - 1);
    expect(queue.nextVisibleAt("mail")).toBe(12 * 3600 * 1000);
  });

  test("sets a message aside as it is, once it was received too often", async () => {
    const { clock, queue } = createQueue({ maxReceiveCount: () => 2 });
    await queue.send("mail", [{ body: "poison", attributes: { errand: "run/1" } }]);
    for (const count of [1, 2]) {
      expect(received(queue, 10, 5).map(({ receiveCount }) => receiveCount)).toEqual([count]);
      await clock.pass(5000);
    }
    expect(received(queue)).toEqual([]);
    expect(queue.messages("mail")).toEqual([]);
    expect(queue.messages("mail-dead-letters")).toEqual([
      { body: "poison", attributes: { errand: "run/1" } },
    ]);
  });

  test("tells its listeners when a full queue has room in flight again", async () => {
    const { queue } = createQueue({ inFlight: 1 });
    await queue.send(
      "mail",
      ["a", "b"].map((body) => ({ body, attributes: {} })),
    );
    const [first] = received(queue);
    expect(received(queue)).toEqual([]);
    let told = 0;
    queue.onSend(() => told++);
    queue.remove("mail", first?.receipt ?? "");
    expect(told).toBe(1);
    expect(received(queue).map(({ body }) => body)).toEqual(["b"]);
  });
});

const limits = { inFlight: 4, retentionSeconds: () => 60 };

/** Takes the steps on the queue and on the model, which must agree after each. */
async function followModel(steps: readonly Step[]): Promise<void> {
  const twins = createTwins();
  for (const [index, step] of steps.entries()) {
    twins.forget();
    if (step.kind === "send") await twins.send(`${index}`, step.delaySeconds);
    if (step.kind === "receive") twins.receive(step.max, step.visibilitySeconds);
    if (step.kind === "hide") await twins.hide(step.which, step.seconds);
    if (step.kind === "remove") twins.remove(step.which);
    if (step.kind === "pass") await twins.clock.pass(step.seconds * 1000);
    twins.forget();
    expect(await twins.queue.depth("mail")).toEqual(twins.depth());
    expect(twins.queue.forgotten("mail")).toBe(twins.forgotten());
  }
}

function createTwins() {
  const { clock, queue } = createQueue(limits);
  let model: Model[] = [];
  let forgotten = 0;
  const received: ReceivedMessage[] = [];
  const isVisible = ({ visibleAt }: Model) => visibleAt <= clock.now();
  const inFlight = () => model.filter((each) => each.receipt !== undefined && !isVisible(each)).length;
  const nth = (which: number) => received.at(-1 - which);
  const found = (message?: ReceivedMessage) =>
    model.find(({ receipt }) => receipt === message?.receipt && message);

  return {
    clock,
    queue,
    forgotten: () => forgotten,
    /** What retention takes. */
    forget() {
      const kept = model.filter(({ sentAt }) => sentAt + 60_000 > clock.now());
      forgotten += model.length - kept.length;
      model = kept;
    },
    async send(body: string, delaySeconds: number) {
      await queue.send("mail", [{ body, attributes: {}, delaySeconds }]);
      const now = clock.now();
      model.push({ body, sentAt: now, visibleAt: now + delaySeconds * 1000, receipt: undefined });
    },
    receive(max: number, visibilitySeconds: number) {
      const visible = model.filter(isVisible);
      const room = Math.min(max, limits.inFlight - inFlight());
      const messages = queue.receive("mail", { max, visibilitySeconds });
      // Hidden for no time, one comes again in the same receive.
      if (visibilitySeconds > 0) expect(messages.length).toBe(Math.min(room, visible.length));
      for (const message of messages) {
        const twin = visible.find(({ body }) => body === message.body);
        if (!twin) throw new Error(`a visible message, got ${message.body}`);
        twin.visibleAt = clock.now() + visibilitySeconds * 1000;
        twin.receipt = message.receipt;
        received.push(message);
      }
    },
    async hide(which: number, seconds: number) {
      const message = nth(which);
      const twin = found(message);
      if (!message) return;
      if (!twin || isVisible(twin)) {
        await expect(queue.hide("mail", message, seconds)).rejects.toThrow("in flight");
        return;
      }
      await queue.hide("mail", message, seconds);
      twin.visibleAt = clock.now() + seconds * 1000;
    },
    remove(which: number) {
      const message = nth(which);
      const twin = found(message);
      if (message) queue.remove("mail", message.receipt);
      model = model.filter((each) => each !== twin);
    },
    depth() {
      const visible = model.filter(isVisible).length;
      return { visible, inFlight: inFlight(), delayed: model.length - visible - inFlight() };
    },
  };
}
