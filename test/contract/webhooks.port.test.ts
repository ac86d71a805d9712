import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { defineCatalog } from "../../shared/catalog/catalog.ts";
import { standardProfile } from "../../shared/catalog/queue-settings.ts";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";
import type { Table } from "../../shared/ledger/table.ts";
import type { OutboundPost, PostOutcome } from "../../shared/outbound/guarded-post.ts";
import type { OutgoingMessage } from "../../shared/queue/queue.ts";
import { enableEndpoint } from "../../shared/webhook/endpoints.ts";
import { newMasterSecret } from "../../shared/webhook/origin-secret.ts";
import { parseProbe } from "../../shared/webhook/probe-message.ts";
import { deliveryId, endpointLine, lineId, slotId, type WebhookItem } from "../../shared/webhook/records.ts";
import { createWebhookChannel, type WebhookChannel } from "../../shared/webhook/webhook-channel.ts";
import { flowRecord, start } from "../support/builders.ts";
import { createManualClock, type ManualClock } from "../support/clock-manual.ts";
import { otherTableAdapters, type TableAdapter } from "../support/table-adapters.ts";

const origin = "https://hooks.example.com";
const master = newMasterSecret(createSeededEntropy(1));
const remaining = () => 45_000;

describe.each(otherTableAdapters<WebhookItem>())("webhooks with their items in %s", (_, startPlace) => {
  let place: TableAdapter<WebhookItem>;
  let table: Table<WebhookItem>;
  let clock: ManualClock;
  let channel: WebhookChannel;
  let answer: (post: OutboundPost) => PostOutcome | Promise<PostOutcome>;
  let posted: string[];
  let sent: OutgoingMessage[];

  beforeAll(async () => {
    place = await startPlace();
  });
  afterAll(() => place.stop());
  beforeEach(async () => {
    table = await place.create();
    clock = createManualClock(start);
    posted = [];
    sent = [];
    answer = () => ({ kind: "answered", status: 204 });
    channel = createWebhookChannel({
      ...{ table, clock, profile: standardProfile, log: () => {} },
      entropy: createSeededEntropy(2),
      ledger: {
        read: async (id) => flowRecord({ mail: { status: "succeeded", finishedAt: start } }, { id }),
      },
      catalog: defineCatalog({ flows: [], jobs: [] }),
      queue: {
        async send(_queue, messages) {
          sent.push(...messages);
          return [];
        },
      },
      async post(post) {
        posted.push(post.headers["webhook-id"] ?? "");
        return answer(post);
      },
      masterSecret: async () => master,
    });
  });

  const unanswered = (): PostOutcome => ({
    ...{ kind: "unanswered", reason: "no answer (ECONNREFUSED)", connected: false },
  });
  const deliver = (id: string, path = "") =>
    channel.deliver({ id, flow: id, epoch: 0, url: `${origin}/${path}` });
  const item = async (id: string) => (await table.get([id])).get(id);
  const delivery = (id: string, path = "") => item(deliveryId(id, endpointLine(`${origin}/${path}`)));
  const probe = () => {
    const [message] = sent;
    return channel.probe(parseProbe(message ?? { attributes: {}, body: "" }), remaining);
  };

  /** Twice in vain, after which nobody tries any more. */
  async function takeDown(): Promise<void> {
    answer = unanswered;
    await deliver("a");
    await deliver("b");
    expect(await item(lineId(origin))).toMatchObject({ since: start, unreached: 2 });
  }

  test("what is delivered is final: a second copy of its message posts nothing", async () => {
    expect(await deliver("a")).toEqual({ kind: "done" });
    expect(await deliver("a")).toEqual({ kind: "done" });
    expect(posted).toEqual(["a"]);
    expect(await delivery("a")).toMatchObject({ state: "delivered", attempts: 1, status: 204 });
    expect(await item(lineId(origin))).toBeUndefined();
  });

  test("what failed is hidden until it is due, a copy that comes before waits too, and a success wipes the trouble off", async () => {
    answer = () => ({ kind: "answered", status: 500 });
    const first = await deliver("a");
    expect(first).toEqual({ kind: "hide", seconds: expect.any(Number) });
    expect(await deliver("a")).toEqual(first);
    expect(posted).toEqual(["a"]);
    expect(await item(lineId(origin))).toMatchObject({ failures: 1, reason: "HTTP 500" });
    await clock.pass(6_000);
    answer = () => ({ kind: "answered", status: 200 });
    expect(await deliver("a")).toEqual({ kind: "done" });
    const { status, reason } = (await delivery("a")) as { status?: number; reason?: string };
    expect([status, reason]).toEqual([200, undefined]);
    expect(await item(lineId(origin))).not.toHaveProperty("failures");
  });

  test("forty at once behind an origin that is down have a slot each, and one message for all", async () => {
    await takeDown();
    await Promise.all(Array.from({ length: 40 }, (_, index) => deliver(`c${index}`)));
    expect(posted).toEqual(["a", "b"]);
    const slots = await table.get(Array.from({ length: 41 }, (_, index) => slotId(origin, index)));
    const inThem = [...slots.values()].map((slot) => slot.kind === "slot" && slot.delivery);
    expect(new Set(inThem).size).toBe(41);
    expect(await item(lineId(origin))).toMatchObject({ tail: 41, probeSent: true });
    expect(sent).toHaveLength(1);
  });

  test("what another copy has tried meanwhile, and lets wait, is acknowledged by nobody", async () => {
    const failed: PostOutcome = { kind: "answered", status: 500 };
    const inside: (() => Promise<unknown>)[] = [
      // The other copy: it waits. Then others find that the origin is down, behind which this one is to be parked.
      async () => {
        await deliver("a");
        answer = unanswered;
        await deliver("b");
        await deliver("c");
      },
    ];
    answer = async () => {
      await inside.shift()?.();
      return answer === unanswered ? unanswered() : failed;
    };
    const next = await deliver("a");
    expect(await delivery("a")).toMatchObject({ state: "waiting", attempts: 1 });
    expect(await item(lineId(origin))).toMatchObject({ since: start });
    expect(next.kind === "hide" && next.seconds).toBeGreaterThanOrEqual(5);
    await deliver("a");
    expect(await delivery("a")).toMatchObject({ state: "parked", attempts: 1 });
  });

  test("when it is back the probe has all go and ends itself; the first, which has its own message, goes by that", async () => {
    await takeDown();
    await Promise.all(Array.from({ length: 40 }, (_, index) => deliver(`c${index}`)));
    await clock.pass(60_000);
    answer = () => ({ kind: "answered", status: 200 });
    expect(await probe()).toEqual({ kind: "done" });
    expect(new Set(posted.slice(2)).size).toBe(41);
    const after = await item(lineId(origin));
    expect(after).toMatchObject({ head: 41, tail: 41 });
    for (const field of ["since", "probe", "probeDue", "turnEnd"]) expect(after).not.toHaveProperty(field);
    expect(await deliver("a")).toEqual({ kind: "done" });
  });

  test("while it is down one is tried at a time, and the probe waits for a twelfth of the outage, at least half a minute", async () => {
    await takeDown();
    await deliver("c");
    const first = await probe();
    expect(first.kind === "hide" && first.seconds).toBeGreaterThanOrEqual(30);
    expect(posted).toEqual(["a", "b"]);
    await clock.pass(60_000);
    const next = await probe();
    expect(posted).toEqual(["a", "b", "c"]);
    expect(next.kind === "hide" && next.seconds).toBeGreaterThanOrEqual(30);
    expect(await probe()).toEqual(next);
    expect(posted).toEqual(["a", "b", "c"]);
  });

  test("of two copies of the probe one works, and a probe that is in no record ends itself", async () => {
    await takeDown();
    await clock.pass(60_000);
    const results = await Promise.all([probe(), probe()]);
    expect(posted).toHaveLength(3);
    expect(results.map(({ kind }) => kind)).toEqual(["hide", "hide"]);
    expect(await channel.probe({ id: "another", line: origin }, remaining)).toEqual({ kind: "done" });
  });

  test("a number that nobody came to is closed, and who comes too late takes another", async () => {
    await takeDown();
    // Somebody took a number and died.
    await table.update({
      id: lineId(origin),
      when: { path: ["tail"], exists: true },
      set: [{ path: ["tail"], to: { of: ["tail"], plus: 1 } }],
    });
    await clock.pass(60_000);
    answer = () => ({ kind: "answered", status: 200 });
    expect(await probe()).toEqual({ kind: "done" });
    expect(await item(slotId(origin, 1))).toMatchObject({ delivery: "" });
    expect(await item(lineId(origin))).toMatchObject({ head: 2, tail: 2 });
  });

  test("what is parked while the probe is at work isn't missed", async () => {
    await takeDown();
    await clock.pass(60_000);
    answer = async ({ headers }) => {
      if (headers["webhook-id"] === "b") await deliver("late");
      return { kind: "answered", status: 204 };
    };
    expect(await probe()).toEqual({ kind: "done" });
    expect(await delivery("late")).toMatchObject({ state: "delivered" });
    expect(await item(lineId(origin))).toMatchObject({ head: 2, tail: 2 });
  });

  test("a delivery's message stays until the probe is known to be sent, and is the one to send it where nobody has", async () => {
    await takeDown();
    // Somebody has said that it sends the probe, and then nothing was heard of it.
    await table.update({
      id: lineId(origin),
      when: { path: ["probe"], exists: true },
      set: [{ path: ["probeSetAt"], to: start }],
      remove: [["probeSent"]],
    });
    expect(await deliver("c")).toEqual({ kind: "hide", seconds: 30 });
    expect(sent).toHaveLength(1);
    await clock.pass(30_000);
    expect(await deliver("c")).toEqual({ kind: "done" });
    expect(sent).toHaveLength(2);
    expect(sent[1]?.attributes).toEqual(sent[0]?.attributes);
  });

  test("a slow copy's outcome doesn't undo what others have recorded since it began", async () => {
    const release = Promise.withResolvers<PostOutcome>();
    const failed: PostOutcome = { kind: "answered", status: 500 };
    const begun = Promise.withResolvers<void>();
    answer = () => {
      begun.resolve();
      return release.promise;
    };
    const slow = deliver("a");
    await begun.promise;
    answer = () => failed;
    await deliver("a");
    await clock.pass(6_000);
    await deliver("a");
    const before = await delivery("a");
    expect(before).toMatchObject({ attempts: 2 });
    release.resolve(failed);
    await slow;
    expect(await delivery("a")).toEqual(before);
  });

  test("410 disables one URL for all flows, until it is enabled again", async () => {
    answer = ({ url }) => ({ kind: "answered", status: url.endsWith("/gone") ? 410 : 204 });
    await deliver("a", "gone");
    await deliver("b", "gone");
    await deliver("c", "here");
    expect(posted).toEqual(["a", "c"]);
    expect(await delivery("b", "gone")).toMatchObject({ state: "failed", attempts: 0 });
    // Until somebody enables it.
    answer = () => ({ kind: "answered", status: 204 });
    expect(await enableEndpoint({ table }, `${origin}/gone`)).toBe(true);
    expect(await enableEndpoint({ table }, `${origin}/gone`)).toBe(false);
    await deliver("d", "gone");
    expect(await delivery("d", "gone")).toMatchObject({ state: "delivered" });
  });
});
