import { describe, expect, test } from "@jest/globals";
import { webhookLimits } from "../../shared/catalog/queue-settings.ts";
import { createWebhookWorld } from "../support/webhook-world.ts";

const hour = 3600;
const well = "https://hooks.example.com/well";
/** One of ten URLs that hang for good, at the same host. */
const hanging = (index: number) => `https://hooks.example.com/hangs/${index % 10}`;

function createHost() {
  return createWebhookWorld({
    answer: (url) => (url === well ? { status: 204 } : { hangs: true }),
    workers: webhookLimits.workers,
  });
}

type World = ReturnType<typeof createHost>;

/** By how many seconds each of these flows was told later than it ended, in the second of its name. */
const delays = (world: World, ended: readonly number[]) =>
  ended.map((second) => (world.posts(`w${second}`)[0]?.at ?? Number.POSITIVE_INFINITY) / 1000 - second);

// Ten that are found to hang in the same moment have no success between them, however many there were before.
describe("at a host that many share, where somebody has ten URLs that hang", () => {
  test("and names two of them a second, others are told within two minutes", async () => {
    const world = createHost();
    for (let index = 0; index < 20; index++) await world.notify(`h${index}`, hanging(index));
    const ended: number[] = [];
    for (let second = 0; second < 180; second++) {
      await world.until(second);
      for (const each of [2 * second, 2 * second + 1]) await world.notify(`x${each}`, hanging(each));
      if (second % 5 > 0) continue;
      await world.notify(`w${second}`, well);
      ended.push(second);
    }
    await world.until(300);
    expect(world.events.map(({ event }) => event)).toContain("origin.down");
    expect(Math.max(...delays(world, ended))).toBeLessThan(120);
  });

  test("and names them 300 times at once, others that are parked behind those are told within two minutes", async () => {
    const world = createHost();
    for (let index = 0; index < 300; index++) await world.notify(`h${index}`, hanging(index));
    const ended = Array.from({ length: 20 }, (_, index) => 20 + index);
    for (const second of ended) {
      await world.until(second);
      await world.notify(`w${second}`, well);
    }
    await world.until(300);
    expect(await world.delivery("w20")).toMatchObject({ state: "delivered", attempts: 1 });
    expect(Math.max(...delays(world, ended))).toBeLessThan(120);
  });
});

// What SQS and crashes may do, all of it at once: nothing may be lost, whatever is done twice.
test.each([102, 114, 120, 126])(
  "with failing calls, duplicates and early visibility all are told when ten URLs of their host hang no more (seed %i)",
  async (seed) => {
    const world = createWebhookWorld({
      seed,
      answer: (url, at) => (url !== well && at < 3 * hour * 1000 ? { hangs: true } : { status: 204 }),
      workers: 20,
      hostility: { duplicate: 0.05, expire: 0.05, delay: 0.05, reorder: true },
      failing: 0.03,
      slow: 500,
    });
    const names = Array.from({ length: 300 }, (_, index) => `x${index}`);
    for (const [index, name] of names.entries()) {
      await world.until(Math.floor(index / 60) * 60);
      await world.notify(name, index < 60 || index % 3 === 0 ? hanging(index) : well);
    }
    await world.until(4 * hour);
    expect(world.events.map(({ event }) => event)).toContain("origin.down");
    world.calmDown();
    await world.until(5 * 24 * hour);
    const states = await Promise.all(names.map(async (name) => (await world.delivery(name))?.state));
    expect(new Set(states)).toEqual(new Set(["delivered"]));
    expect(world.messages()).toEqual([]);
  },
);
