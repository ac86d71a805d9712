import { describe, expect, test } from "@jest/globals";
import { Webhook } from "standardwebhooks";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";
import { newMasterSecret, originSecrets } from "../../shared/webhook/origin-secret.ts";
import { start } from "../support/builders.ts";
import { type Answered, createWebhookWorld, flowOf } from "../support/webhook-world.ts";

const url = "https://hooks.example.com/a";
const [minute, hour, day] = [60, 3600, 86_400];

/** The waits between posts, in seconds. */
function waits(posts: readonly { readonly at: number }[]): readonly number[] {
  return posts.slice(1).map(({ at }, index) => (at - (posts[index]?.at ?? 0)) / 1000);
}

test("what is answered by 2xx is delivered by one post, signed, and its message is gone", async () => {
  const world = createWebhookWorld({ answer: () => ({ status: 202 }) });
  await world.notify("a", url);
  await world.until(1);
  expect(await world.delivery("a")).toMatchObject({ state: "delivered", attempts: 1, status: 202 });
  expect(world.messages()).toEqual([]);
  const [posted, ...others] = world.posts("a");
  expect(others).toEqual([]);
  const { headers, body } = posted?.post ?? { headers: {} as Record<string, string>, body: "" };
  expect(headers).toMatchObject({
    "content-type": "application/json",
    "webhook-id": `${flowOf("a")}.0`,
    "webhook-timestamp": String(start / 1000),
  });
  const [secret = ""] = originSecrets(
    newMasterSecret(createSeededEntropy(1)),
    "https://hooks.example.com",
    start,
  );
  expect(headers["webhook-signature"]).toBe(
    new Webhook(secret).sign(`${flowOf("a")}.0`, new Date(start), body),
  );
  expect(JSON.parse(body)).toEqual({
    type: "flow.succeeded",
    timestamp: "2026-01-01T00:00:00.000Z",
    data: expect.objectContaining({
      id: flowOf("a"),
      status: "succeeded",
      jobs: [expect.objectContaining({ id: `${flowOf("a")}.mail` })],
    }),
  });
});

describe("a receiver that always fails", () => {
  test.each([[500], [404], [301], [503], [429]])(
    "with %i is tried by the published schedule, a little late and never early, and then given up",
    async (status) => {
      const world = createWebhookWorld({ answer: () => ({ status }) });
      await world.notify("a", url);
      await world.until(5 * day);
      const schedule = [
        ...[5, 5 * minute, 30 * minute],
        ...[2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour],
      ];
      const seen = waits(world.posts("a"));
      expect(seen).toHaveLength(schedule.length);
      for (const [index, wait] of schedule.entries()) {
        expect(seen[index]).toBeGreaterThanOrEqual(wait);
        // A fifth of jitter, the post, and a probe's second.
        expect(seen[index]).toBeLessThanOrEqual(wait * 1.2 + 2);
      }
      expect(await world.delivery("a")).toMatchObject({
        state: "failed",
        attempts: 10,
        reason: `given up after 10 attempts: HTTP ${status}`,
      });
      expect(world.messages()).toEqual([]);
    },
  );

  test("by not answering is tried by the same schedule", async () => {
    const world = createWebhookWorld({ answer: () => ({ unanswered: "no answer (ECONNREFUSED)" }) });
    await world.notify("a", url);
    await world.until(5 * day);
    expect(world.posts("a")).toHaveLength(10);
    expect(await world.delivery("a")).toMatchObject({
      state: "failed",
      reason: "given up after 10 attempts: no answer (ECONNREFUSED)",
    });
  });
});

test("the same body goes with each attempt under the same id, signed for its own time", async () => {
  const world = createWebhookWorld({ answer: (_, at) => ({ status: at < hour * 1000 ? 500 : 204 }) });
  await world.notify("a", url);
  await world.until(day);
  const posts = world.posts("a").map(({ post }) => post);
  expect(posts.length).toBeGreaterThan(3);
  expect(new Set(posts.map(({ body }) => body)).size).toBe(1);
  expect(new Set(posts.map(({ headers }) => headers["webhook-timestamp"])).size).toBe(posts.length);
  expect(await world.delivery("a")).toMatchObject({ state: "delivered", attempts: posts.length });
});

test.each([
  ["120", 120, "later than the schedule"],
  ["1", 5, "never earlier than the schedule"],
  [new Date(start + 600_000).toUTCString(), 600, "as a date"],
  ["999999999", day, "a day at the most"],
  ["soon", 5, "not understood"],
])("Retry-After: %s has it wait for %d s: %s", async (retryAfter, seconds) => {
  const world = createWebhookWorld({
    answer: (_, at) => (at === 0 ? { status: 503, retryAfter } : { status: 204 }),
  });
  await world.notify("a", url);
  await world.until(2 * day);
  const [wait = 0] = waits(world.posts("a"));
  expect(wait).toBeGreaterThanOrEqual(seconds - 1);
  expect(wait).toBeLessThanOrEqual(seconds * 1.2 + 2);
  expect(await world.delivery("a")).toMatchObject({ state: "delivered" });
});

describe("410", () => {
  test("disables the URL, for this flow and all others, and no other URL", async () => {
    const world = createWebhookWorld({ answer: (each) => ({ status: each === url ? 410 : 204 }) });
    await world.notify("a", url);
    await world.until(1);
    await world.notify("b", url);
    await world.notify("c", "https://hooks.example.com/c");
    await world.until(2);
    expect(await world.delivery("a")).toMatchObject({ state: "failed", attempts: 1, reason: "HTTP 410" });
    expect(await world.delivery("b")).toMatchObject({
      state: "failed",
      attempts: 0,
      reason: "its endpoint has answered 410 and is disabled",
    });
    expect(await world.delivery("c")).toMatchObject({ state: "delivered" });
    expect(world.posts("b")).toEqual([]);
    expect(world.messages()).toEqual([]);
  });

  test("is remembered without end: its item has no time to expire", async () => {
    const world = createWebhookWorld({ answer: () => ({ status: 410 }) });
    await world.notify("a", url);
    await world.until(1);
    const { endpointId } = await import("../../shared/webhook/records.ts");
    const item = (await world.table.get([endpointId(url)])).get(endpointId(url));
    expect(item).toMatchObject({ kind: "endpoint", disabledAt: expect.any(Number) });
    expect(item).not.toHaveProperty("expires");
  });
});

describe("410, while another post to the same URL is on its way", () => {
  /** The item of the URL after two posts at the same time, the first of them answered so; the second by 410. */
  async function itemAfter(first: Answered) {
    let posts = 0;
    const world = createWebhookWorld({
      answer: () => [{ hangs: true }, first, { status: 410 }][posts++] ?? {},
    });
    // It has hung once.
    await world.notify("a", url);
    await world.until(16);
    await world.notify("b", url);
    await world.notify("c", url);
    await world.until(60);
    const { endpointId } = await import("../../shared/webhook/records.ts");
    return (await world.table.get([endpointId(url)])).get(endpointId(url));
  }

  test("isn't forgotten where that one hangs, goes down for it and is parked", async () => {
    const item = await itemAfter({ hangs: true });
    expect(item).toMatchObject({ disabledAt: expect.any(Number), since: expect.any(Number), tail: 1 });
    expect(item).not.toHaveProperty("expires");
  });

  test("nor where that one gets through", async () => {
    const item = await itemAfter({ status: 204, milliseconds: 3000 });
    expect(item).toMatchObject({ disabledAt: expect.any(Number) });
    expect(item).not.toHaveProperty("unreached");
    expect(item).not.toHaveProperty("expires");
  });
});

test("a flow that was run again is told of its later end alone", async () => {
  // Parked, since a message of its own would be dropped with it.
  const world = createWebhookWorld({ answer: () => ({ unanswered: "no answer (ECONNREFUSED)" }) });
  await world.notify("a", url);
  await world.until(30);
  const flow = world.flows.get(flowOf("a"));
  if (flow) world.flows.set(flowOf("a"), { ...flow, epoch: 1 });
  await world.until(day);
  expect(world.posts("a")).toHaveLength(2);
  expect(await world.delivery("a")).toMatchObject({
    state: "failed",
    reason: "superseded: its flow was run again",
  });
});

test("no line of the log has a path or a query of a URL", async () => {
  const secret = "https://hooks.example.com/s3cr3t?key=s3cr3t";
  const world = createWebhookWorld({ answer: () => ({ status: 500 }) });
  await world.notify("a", secret);
  await world.until(5 * day);
  expect(world.events.length).toBeGreaterThan(8);
  expect(JSON.stringify(world.events)).not.toContain("s3cr3t");
});

test("the range of an address that is not public stands in the log, and in nothing that a caller is shown", async () => {
  const world = createWebhookWorld({ answer: () => ({ refusedRange: "carrier-grade NAT" }) });
  await world.notify("f", url);
  await world.until(60);
  const delivery = await world.delivery("f");
  expect(delivery).toMatchObject({ state: "failed", reason: "an address that is not public" });
  expect(JSON.stringify(delivery)).not.toContain("carrier");
  expect(world.events).toContainEqual(
    expect.objectContaining({
      event: "webhook.refused",
      origin: new URL(url).origin,
      reason: "an address that is not public (carrier-grade NAT)",
    }),
  );
});

test("each endpoint of a flow has its own schedule and its own end, and one message stands for all", async () => {
  const [failing, dead] = ["https://failing.example.com/", "https://dead.example.com/"];
  const world = createWebhookWorld({
    defaults: [failing, dead],
    answer(each) {
      if (each === dead) return { unanswered: "no answer (ECONNREFUSED)" };
      return { status: each === failing ? 500 : 204 };
    },
  });
  await world.notify("a", url);
  await world.until(60);
  expect(world.messages()).toHaveLength(2);
  await world.until(5 * day);
  const countOf = (to: string) => world.posts("a").filter((each) => each.url === to).length;
  expect([countOf(url), countOf(failing)]).toEqual([1, 10]);
  expect(await world.delivery("a")).toMatchObject({ state: "delivered", attempts: 1 });
  expect(await world.delivery("a", failing)).toMatchObject({ state: "failed", attempts: 10 });
  expect(await world.delivery("a", dead)).toMatchObject({ state: "failed" });
  expect(world.messages()).toEqual([]);
});

describe("an operator's endpoint that is taken out of the configuration", () => {
  const [leaked, kept] = ["https://leaked.example.com/", "https://kept.example.com/"];

  /** A flow that asked for `own`, whose deliveries all fail, two hours after which one of the two isn't configured any more. */
  async function removed(own: string) {
    const defaults = [leaked, kept];
    const world = createWebhookWorld({ defaults, answer: () => ({ status: 500 }) });
    await world.notify("a", own);
    await world.until(2 * hour);
    defaults.shift();
    await world.until(5 * day);
    const countOf = (to: string) => world.posts("a").filter((each) => each.url === to).length;
    return { world, countOf };
  }

  test("is posted to no more, of flows whose delivery is parked too, and all others are", async () => {
    const { world, countOf } = await removed(url);
    expect([countOf(url), countOf(kept), countOf(leaked)]).toEqual([10, 10, 4]);
    expect(await world.delivery("a", leaked)).toMatchObject({
      ...{ state: "failed", attempts: 4, byDefault: true },
      reason: "its endpoint is configured no more",
    });
    expect(world.messages()).toEqual([]);
  });

  test("is still told of a flow whose request named it", async () => {
    const { countOf } = await removed(leaked);
    expect([countOf(kept), countOf(leaked)]).toEqual([10, 10]);
  });
});
