import { describe, expect, test } from "@jest/globals";
import { webhookLimits } from "../../shared/catalog/queue-settings.ts";
import { createWebhookWorld, type WebhookWorldOptions } from "../support/webhook-world.ts";

const dead = "https://dead.example.com/a";
const well = "https://well.example.com/a";
const [minute, hour, day] = [60, 3600, 86_400];

type World = ReturnType<typeof createWebhookWorld>;

/** A receiver that refuses connections between two times, in seconds; all others answer. */
function deadUntil(end: number, from = 0): WebhookWorldOptions["answer"] {
  return (url, at) =>
    url.startsWith("https://dead.") && at >= from * 1000 && at < end * 1000
      ? { unanswered: "no answer (ECONNREFUSED)" }
      : { status: 204 };
}

/** So many flows that end one after another, `every` seconds apart, from now on. */
async function endFlows(
  world: World,
  count: number,
  every: number,
  url: (index: number) => string,
  prefix: string,
) {
  const now = (world.clock.now() - Date.UTC(2026, 0, 1)) / 1000;
  for (let index = 0; index < count; index++) {
    await world.until(now + index * every);
    await world.notify(`${prefix}${index}`, url(index));
  }
}

async function states(world: World, count: number, prefix: string): Promise<readonly (string | undefined)[]> {
  const all = Array.from({ length: count }, (_, index) => world.delivery(`${prefix}${index}`));
  return [...new Set((await Promise.all(all)).map((each) => each?.state))];
}

describe("behind an endpoint that is down for six hours, with 600 flows that want to tell it", () => {
  async function outage() {
    const world = createWebhookWorld({ answer: deadUntil(6 * hour) });
    await endFlows(world, 600, 10, () => dead, "d");
    return world;
  }

  test("all are parked but for those that found out, none is posted in vain, and one message stands for all", async () => {
    const world = await outage();
    await world.until(6000);
    expect(await states(world, 600, "d")).toEqual(["parked"]);
    // Two found out; after that one is tried after waits that get longer and longer.
    expect(world.posted.length).toBeLessThan(60);
    expect(world.posts("d599")).toEqual([]);
    expect(world.messages()).toHaveLength(1);
    expect(world.probesSent).toBe(1);
    expect(world.mostInFlight).toBeLessThan(10);
  });

  test("when it answers again all are delivered within an hour, each by one post that counts, and nothing is left", async () => {
    const world = await outage();
    await world.until(7 * hour);
    expect(await states(world, 600, "d")).toEqual(["delivered"]);
    expect(world.messages()).toEqual([]);
    const delivered = world.posted.filter(({ at }) => at >= 6 * hour * 1000);
    expect(delivered).toHaveLength(600);
    expect(new Set(delivered.map(({ id }) => id)).size).toBe(600);
    // The probe was hidden over and over, and never sent a second time.
    expect(world.probesSent).toBe(1);
    const last = Math.max(...delivered.map(({ at }) => at));
    const first = Math.min(...delivered.map(({ at }) => at));
    expect(last - first).toBeLessThan(60_000);
  });

  test("others are told at once, as if there were no such endpoint", async () => {
    const world = createWebhookWorld({ answer: deadUntil(6 * hour) });
    for (let index = 0; index < 300; index++) {
      await world.until(index * 2);
      await world.notify(`d${index}`, dead);
      await world.notify(`w${index}`, well);
    }
    await world.until(700);
    expect(await states(world, 300, "w")).toEqual(["delivered"]);
    for (let index = 0; index < 300; index++) {
      expect(world.posts(`w${index}`)).toEqual([expect.objectContaining({ at: index * 2000 })]);
    }
  });
});

test("hundreds at the same moment, before anybody knows that it is down, delay others by two posts' time at the most", async () => {
  // Nothing is worse than what never answers: each post takes its 15 s.
  const world = createWebhookWorld({
    answer: (url) => (url === dead ? { hangs: true } : { status: 204 }),
    workers: 4,
  });
  for (let index = 0; index < 300; index++) await world.notify(`d${index}`, dead);
  await world.notify("w0", well);
  await world.until(hour);
  expect(await world.delivery("w0")).toMatchObject({ state: "delivered" });
  expect(world.posts("w0")[0]?.at).toBeLessThan(31_000);
  expect(await states(world, 300, "d")).toEqual(["parked"]);
  expect(world.messages()).toHaveLength(1);
});

test("four new origins that hang each second delay others by a second at the most in their first ten minutes", async () => {
  const world = createWebhookWorld({
    answer: (url) => (url.startsWith("https://hang") ? { hangs: true } : {}),
    workers: webhookLimits.workers,
  });
  for (let index = 0; index < 600; index++) {
    await world.until(index);
    for (const each of ["a", "b", "c", "d"])
      await world.notify(`h${index}${each}`, `https://hang-${each}${index}.example.com/`);
    if (index % 10 === 0) await world.notify(`w${index}`, well);
  }
  await world.until(700);
  const delays = Array.from(
    { length: 60 },
    (_, index) => (world.posts(`w${index * 10}`)[0]?.at ?? Number.POSITIVE_INFINITY) - index * 10_000,
  );
  expect(Math.max(...delays)).toBeLessThan(2_000);
});

describe("behind an endpoint that hangs, at an origin that answers others", () => {
  const hanging = "https://well.example.com/hangs";
  const hangsUntil =
    (end: number): WebhookWorldOptions["answer"] =>
    (url, at) =>
      url === hanging && at < end * 1000 ? { hangs: true } : { status: 204 };

  test("all of its own are parked by one message, however many came at once, and others of its host are told at once", async () => {
    const world = createWebhookWorld({ answer: hangsUntil(2 * hour), workers: 10 });
    for (let index = 0; index < 60; index++) await world.notify(`a${index}`, hanging);
    await world.until(minute);
    await endFlows(world, 60, 30, () => well, "w");
    await endFlows(world, 20, 30, () => hanging, "b");
    await world.until(hour);
    for (let index = 0; index < 60; index++)
      expect(world.posts(`w${index}`)).toEqual([expect.objectContaining({ at: (60 + index * 30) * 1000 })]);
    expect(world.posts("b19")).toEqual([]);
    expect(await states(world, 60, "a")).toEqual(["parked"]);
    expect(world.messages()).toHaveLength(1);
    expect(world.events.map(({ event }) => event)).not.toContain("origin.down");
    await world.until(3 * hour);
    expect(await states(world, 60, "a")).toEqual(["delivered"]);
    expect(await states(world, 20, "b")).toEqual(["delivered"]);
    expect(world.messages()).toEqual([]);
  });

  test("its origin is taken for down when ten others hang as well and none answers, and all go when it is back", async () => {
    const world = createWebhookWorld({
      answer: (_, at) => (at < 2 * hour * 1000 ? { hangs: true } : { status: 204 }),
    });
    const url = (index: number) => `https://well.example.com/${index % 10}`;
    await endFlows(world, 40, 30, url, "a");
    await world.until(hour);
    expect(world.events.map(({ event }) => event)).toContain("origin.down");
    await world.notify("c0", "https://well.example.com/another");
    await world.until(hour + minute);
    expect(await world.delivery("c0")).toMatchObject({ state: "parked", attempts: 0 });
    await world.until(5 * hour);
    expect(await states(world, 40, "a")).toEqual(["delivered"]);
    expect(await states(world, 1, "c")).toEqual(["delivered"]);
    expect(world.messages()).toEqual([]);
  });

  test("what waits for its origin, which is back, goes whatever hangs among it", async () => {
    const world = createWebhookWorld({
      answer(url, at) {
        if (at < hour * 1000) return { unanswered: "no answer (ECONNREFUSED)" };
        return url === hanging ? { hangs: true } : { status: 204 };
      },
    });
    await endFlows(world, 100, 10, (index) => (index % 2 === 0 ? hanging : well), "m");
    await world.until(2 * hour);
    for (let index = 1; index < 100; index += 2)
      expect(await world.delivery(`m${index}`)).toMatchObject({ state: "delivered" });
    expect(await world.delivery("m0")).toMatchObject({ state: "parked" });
  });
});

test("an endpoint that is down for good has all given up in the end, and no message or item goes on working", async () => {
  const world = createWebhookWorld({ answer: deadUntil(1000 * day) });
  await endFlows(world, 250, 60, () => dead, "d");
  await world.until(5 * day);
  expect(await states(world, 250, "d")).toEqual(["failed"]);
  const reasons = await Promise.all(
    Array.from({ length: 250 }, async (_, index) => (await world.delivery(`d${index}`))?.reason),
  );
  for (const reason of reasons) expect(reason).toMatch(/^given up/);
  expect(world.messages()).toEqual([]);
  // Tried at most once an hour, when it has been down for long.
  expect(world.posted.length).toBeLessThan(200);
});

test("hundreds for one URL that fails for good are all tried ten times, however often their probe is received", async () => {
  const world = createWebhookWorld({ answer: () => ({ status: 500 }) });
  await endFlows(world, 400, 5, () => well, "w");
  await world.until(12 * day);
  expect(await states(world, 400, "w")).toEqual(["failed"]);
  for (let index = 0; index < 400; index++) expect(world.posts(`w${index}`)).toHaveLength(10);
  expect(world.messages()).toEqual([]);
});

test("one URL that fails keeps no other of its origin waiting, and is tried by its own schedule", async () => {
  const bad = "https://well.example.com/bad";
  const world = createWebhookWorld({ answer: (url) => ({ status: url === bad ? 500 : 204 }) });
  await world.notify("bad", bad);
  for (let index = 0; index < 200; index++) {
    await world.until(index * 600);
    await world.notify(`w${index}`, well);
  }
  await world.until(5 * day);
  expect(await states(world, 200, "w")).toEqual(["delivered"]);
  for (let index = 0; index < 200; index++)
    expect(world.posts(`w${index}`)).toEqual([expect.objectContaining({ at: index * 600_000 })]);
  expect(world.posts("bad")).toHaveLength(10);
});

test("of many URLs that fail at one origin that answers others, each keeps its own schedule behind one message", async () => {
  const url = (index: number) => `https://well.example.com/${index % 2 === 0 ? "bad" : "good"}/${index}`;
  const world = createWebhookWorld({ answer: (each) => ({ status: each.includes("/bad/") ? 500 : 204 }) });
  await endFlows(world, 240, 30, url, "m");
  await world.until(6 * day);
  for (let index = 0; index < 240; index++) {
    const isBad = index % 2 === 0;
    expect(await world.delivery(`m${index}`)).toMatchObject(
      isBad ? { state: "failed", attempts: 10 } : { state: "delivered", attempts: 1 },
    );
    const times = world.posts(`m${index}`).map(({ at }) => at);
    expect(times).toHaveLength(isBad ? 10 : 1);
    // 75.6 hours of schedule, with up to a fifth of jitter, and what a probe may be late.
    if (isBad)
      expect(((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000).toBeLessThan(75.6 * 1.2 * hour + 9 * minute);
  }
  expect(world.messages()).toEqual([]);
});

test("what gets 429 goes on slowly, one by one at first, when its time is over", async () => {
  let perSecond = new Map<number, number>();
  const world = createWebhookWorld({
    answer: (_, at) => {
      const second = Math.floor(at / 1000);
      const count = (perSecond.get(second) ?? 0) + 1;
      perSecond = perSecond.set(second, count);
      return count > 5 ? { status: 429, retryAfter: "30" } : { status: 204 };
    },
  });
  for (let index = 0; index < 300; index++) await world.notify(`d${index}`, dead);
  await world.until(2 * day);
  expect(await states(world, 300, "d")).toEqual(["delivered"]);
  const refused = world.posted.length - 300;
  // 295 as they come: each has a message of its own. Then few, since what is parked for a URL rests when that says so.
  expect(refused).toBeLessThan(450);
  expect(world.messages()).toEqual([]);
});

// Many a host has a URL for each of its customers.
test.each([429, 502, 503, 504])(
  "a URL that answers %i keeps no other of its host waiting, whatever it asks for",
  async (status) => {
    const limited = "https://well.example.com/limited";
    const world = createWebhookWorld({
      answer: (url) => (url === limited ? { status, retryAfter: "600" } : { status: 204 }),
    });
    for (let index = 0; index < 50; index++) await world.notify(`b${index}`, limited);
    await world.until(minute);
    await endFlows(world, 50, 60, () => well, "w");
    await world.until(hour);
    for (let index = 0; index < 50; index++)
      expect(world.posts(`w${index}`)).toEqual([expect.objectContaining({ at: (index + 1) * 60_000 })]);
    expect(await states(world, 50, "w")).toEqual(["delivered"]);
    expect(world.events.map(({ event }) => event)).not.toContain("origin.down");
  },
);

test("an endpoint that answers after 14 seconds gets all, by one worker, and others don't wait for it", async () => {
  const slow = "https://slow.example.com/";
  const world = createWebhookWorld({
    answer: (url) => (url === slow ? { status: 200, milliseconds: 14_000 } : { status: 204 }),
  });
  for (let index = 0; index < 200; index++) await world.notify(`s${index}`, slow);
  await world.until(60);
  for (let index = 0; index < 100; index++) {
    await world.until(60 + index);
    await world.notify(`w${index}`, well);
  }
  await world.until(2 * hour);
  for (let index = 0; index < 100; index++)
    expect(world.posts(`w${index}`)[0]?.at).toBeLessThan((60 + index) * 1000 + 2_000);
  await world.until(2 * day);
  expect(await states(world, 200, "s")).toEqual(["delivered"]);
});

test("a 410 among those that wait ends its own alone", async () => {
  const gone = "https://dead.example.com/gone";
  const answer = deadUntil(hour);
  const world = createWebhookWorld({
    answer: (url, at) => (url === gone && at > hour * 1000 ? { status: 410 } : answer(url, at)),
  });
  await endFlows(world, 100, 1, (index) => (index % 10 === 0 ? gone : dead), "d");
  await world.until(3 * hour);
  for (let index = 0; index < 100; index++) {
    const state = index % 10 === 0 ? "failed" : "delivered";
    expect(await world.delivery(`d${index}`)).toMatchObject({ state });
  }
  expect(world.posted.filter(({ url, at }) => url === gone && at > hour * 1000)).toHaveLength(1);
});

test("when the probe's message is lost, the next that is parked sends another, and all go", async () => {
  const world = createWebhookWorld({ answer: deadUntil(2 * hour) });
  await endFlows(world, 50, 1, () => dead, "d");
  await world.until(hour);
  world.loseProbe();
  // Its time comes and goes.
  await world.until(3.5 * hour);
  expect(await states(world, 50, "d")).toEqual(["parked"]);
  await world.notify("e0", dead);
  await world.until(4 * hour);
  expect(await states(world, 50, "d")).toEqual(["delivered"]);
  expect(world.probesSent).toBe(2);
});

test("behind 100 that never get through, those that would get through are tried before they are given up, and take the rest along", async () => {
  const bad = "https://dead.example.com/bad";
  const world = createWebhookWorld({
    answer: (url) => (url === bad ? { unanswered: "no answer (ECONNREFUSED)" } : { status: 204 }),
  });
  for (let index = 0; index < 100; index++) await world.notify(`b${index}`, bad);
  await world.until(2 * minute);
  await endFlows(world, 20, 1, () => dead, "d");
  await world.until(4 * day);
  expect(await states(world, 20, "d")).toEqual(["delivered"]);
});

test("while those that were parked first aren't due for hours, the others find out that the origin is back", async () => {
  const bad = "https://dead.example.com/bad";
  const answer = deadUntil(11 * hour, 10 * hour);
  const world = createWebhookWorld({
    answer: (url, at) => (url === bad ? { status: 500 } : answer(url, at)),
  });
  // Ten failures, at 7.6 hours the last: these wait for five hours or ten.
  await endFlows(world, 150, 1, () => bad, "b");
  await world.until(10 * hour + 5 * minute);
  await endFlows(world, 20, 1, () => dead, "d");
  await world.until(10.5 * hour);
  expect(await states(world, 20, "d")).toEqual(["parked"]);
  await world.until(11 * hour + 10 * minute);
  expect(await states(world, 20, "d")).toEqual(["delivered"]);
});

// What SQS and crashes may do, all of it at once: nothing may be lost, whatever is done twice.
test.each(Array.from({ length: 12 }, (_, seed) => seed))(
  "with failing calls, duplicates and early visibility every delivery ends as it should (seed %i)",
  async (seed) => {
    const world = createWebhookWorld({
      seed,
      answer: (url, at) =>
        // By chance, so it must end before anybody's last attempt.
        url.includes("/bad/") && at < day * 1000 && at % 7 < 3
          ? at % 2 === 0
            ? { status: 500 }
            : { hangs: true }
          : deadUntil(3 * hour, minute)(url, at),
      hostility: { duplicate: 0.05, expire: 0.05, delay: 0.05, reorder: true },
      failing: 0.03,
      slow: 500,
    });
    const url = (index: number) =>
      `https://${index % 3 === 0 ? "dead" : "well"}.example.com/${index % 5 === 0 ? "bad" : "good"}/${index}`;
    await endFlows(world, 200, 20, url, "x");
    await world.until(4 * hour);
    world.calmDown();
    await world.until(12 * day);
    expect(await states(world, 200, "x")).toEqual(["delivered"]);
    expect(world.messages()).toEqual([]);
  },
);
