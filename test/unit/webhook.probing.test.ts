import { describe, expect, test } from "@jest/globals";
import { createWebhookWorld } from "../support/webhook-world.ts";

const [a, b, c] = ["a", "b", "c"].map((name) => `https://hooks.example.com/${name}`) as [
  string,
  string,
  string,
];
const [minute, hour] = [60, 3600];
const refused = { unanswered: "no answer (ECONNREFUSED)" };

describe("in a line whose next turn was set for hours", () => {
  test("who is parked when its origin goes down for a minute is told within ten", async () => {
    const down = { from: hour * 1000, to: (hour + minute) * 1000 };
    const world = createWebhookWorld({
      answer(url, at) {
        if (at >= down.from && at < down.to) return refused;
        return url === a ? { status: 500, retryAfter: "86400" } : { status: 204 };
      },
    });
    await world.notify("a", a);
    await world.until(hour);
    for (let index = 0; index < 5; index++) await world.notify(`b${index}`, b);
    await world.until(hour + 10 * minute);
    for (let index = 0; index < 5; index++)
      expect(await world.delivery(`b${index}`)).toMatchObject({ state: "delivered" });
    // The one that asked for a day is given it.
    expect(world.posts("a")).toHaveLength(1);
    await world.until(30 * hour);
    expect(world.posts("a")[1]?.at).toBeGreaterThan(86_400_000);
    expect(world.messages()).toHaveLength(1);
  });

  test("who is told of an origin that is down for long finds within an hour that it is back, and takes the rest along", async () => {
    const world = createWebhookWorld({ answer: (_, at) => (at < 10 * hour * 1000 ? refused : {}) });
    await world.notify("a", a);
    await world.notify("b", b);
    await world.until(9.5 * hour);
    // Both have been tried by their schedules.
    expect(await world.delivery("a")).toMatchObject({ state: "parked" });
    await world.notify("c", c);
    await world.until(11 * hour);
    for (const name of ["a", "b", "c"])
      expect(await world.delivery(name)).toMatchObject({ state: "delivered" });
    expect(world.messages().length).toBeLessThanOrEqual(1);
    await world.until(30 * hour);
    expect(world.messages()).toEqual([]);
  });

  test("who is parked while that turn's post is on its way doesn't wait for the next of the other", async () => {
    let isBack = false;
    const world = createWebhookWorld({ answer: () => (isBack ? {} : { ...refused, milliseconds: 10_000 }) });
    await world.notify("a", a);
    let seconds = 0;
    // The fifth attempt, after which it waits for five hours.
    for (; world.posts("a").length < 5; seconds += 5) await world.until(seconds);
    await world.notify("c", c);
    await world.until(seconds + minute);
    expect(await world.delivery("c")).toMatchObject({ state: "parked", attempts: 0 });
    isBack = true;
    await world.until(seconds + hour);
    expect(await world.delivery("c")).toMatchObject({ state: "delivered" });
    expect(await world.delivery("a")).toMatchObject({ state: "delivered" });
  });
});
