import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";
import { createVirtualClock } from "../../shared/clock/virtual-clock.ts";
import { createMemoryQueue } from "../../shared/queue/memory-queue.ts";
import type { Queue } from "../../shared/queue/queue.ts";
import { createSqsQueue } from "../../shared/queue/sqs-queue.ts";
import type { LetterBox } from "../../shared/redrive/letter-box.ts";
import { createMemoryLetterBox } from "../../shared/redrive/memory-letter-box.ts";
import { createSqsLetterBox } from "../../shared/redrive/sqs-letter-box.ts";
import { startAwsServer } from "../support/aws-server.ts";

interface Adapter {
  readonly letters: LetterBox;
  readonly queue: Queue;
  stop(): Promise<void>;
}

const name = "mail-dead-letters";
const adapters: readonly (readonly [string, () => Promise<Adapter>])[] = [
  [
    "memory",
    async () => {
      const clock = createVirtualClock();
      const queue = createMemoryQueue({ queues: [name], clock, entropy: createSeededEntropy(1) });
      return { queue, letters: createMemoryLetterBox(queue), stop: async () => {} };
    },
  ],
  [
    "SQS",
    async () => {
      const server = await startAwsServer();
      const options = { client: server.sqs, urls: { [name]: await server.createQueue(name) } };
      return { queue: createSqsQueue(options), letters: createSqsLetterBox(options), stop: server.stop };
    },
  ],
];

describe.each(adapters)("the %s letter box", (_, start) => {
  let adapter: Adapter;
  beforeAll(async () => {
    adapter = await start();
  });
  afterAll(() => adapter.stop());

  test("hands letters out as they were written, hides them, takes them back and deletes them", async () => {
    const { letters, queue } = adapter;
    expect(await letters.receive(name, 30)).toEqual([]);
    const attributes = { job: "a.mail", run: 2, error: "Đỗ: no such mailbox" };
    await queue.send(name, [{ body: `{"δ":1}`, attributes }]);
    const [letter, ...others] = await letters.receive(name, 30);
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ body: `{"δ":1}`, attributes, receiveCount: 1 });
    expect(await letters.receive(name, 30)).toEqual([]);
    await letters.giveBack(name, letter ? [letter] : []);
    const [again] = await letters.receive(name, 30);
    expect(again).toMatchObject({ id: letter?.id, sentAt: letter?.sentAt, attributes });
    if (again) await letters.remove(name, again);
    expect(await queue.depth(name)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  test("hands out ten at the most, and takes back all but those that are gone", async () => {
    const { letters, queue } = adapter;
    await queue.send(
      name,
      Array.from({ length: 11 }, (_, index) => ({ body: `${index}`, attributes: {} })),
    );
    const [first, second] = [await letters.receive(name, 30), await letters.receive(name, 30)];
    expect(first.length).toBeLessThanOrEqual(10);
    expect(new Set([...first, ...second].map(({ body }) => body)).size).toBe(11);
    const gone = {
      ...(first[0] ?? { body: "", attributes: {}, receiveCount: 1, sentAt: 1 }),
      id: "x",
      receipt: "x",
    };
    await letters.giveBack(name, [gone, ...first, ...second]);
    expect(await queue.depth(name)).toEqual({ visible: 11, inFlight: 0, delayed: 0 });
  });
});
