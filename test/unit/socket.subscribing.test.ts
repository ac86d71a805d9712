import { describe, expect, test } from "@jest/globals";
import { mostSubscribers, mostSubscriptions } from "../../shared/index.ts";
import { flowId, flowRecord, otherFlowId, start } from "../support/builders.ts";
import { createSocketFixture, token } from "../support/socket-fixture.ts";

const subscribe = { action: "subscribe", flow: flowId, token };
const closesInSeconds = 7200;

describe("whoever subscribes with a flow's token", () => {
  test("gets its present state, for how long the connection lasts, and is told of each change from then on", async () => {
    const { send, push, change, sent, ledger } = await createSocketFixture();
    const [first, ...more] = await send(subscribe);
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      type: "flow",
      flow: { id: flowId, version: 0, status: "running" },
      closesInSeconds,
    });
    expect((await ledger.read(flowId))?.watchedUntil).toBe(start + 7_200_000);
    await change({});
    await push(flowId);
    expect(sent[1]).toMatchObject({ connection: "a", message: { type: "flow", flow: { version: 1 } } });
    expect(sent[1]?.message).not.toHaveProperty("closesInSeconds");
  });

  test("is recorded before the ledger tells of changes, and gets the state of after that", async () => {
    const steps: string[] = [];
    const fixture = await createSocketFixture();
    const { ledger, subscriptions } = fixture;
    const {
      send,
      flow,
      ledger: other,
    } = await createSocketFixture({
      subscriptions: {
        ...subscriptions,
        add: async (subscription) => {
          steps.push("add");
          return subscriptions.add(subscription);
        },
      },
      ledger: {
        ...ledger,
        watch: async (id, end) => {
          steps.push("watch");
          // A worker that settles in between.
          await fixture.change({});
          return ledger.watch(id, end);
        },
      },
    });
    expect([flow.id, await other.read(flow.id)]).toEqual([flowId, expect.anything()]);
    expect(await send(subscribe)).toMatchObject([{ flow: { version: 1 } }]);
    expect(steps).toEqual(["add", "watch"]);
  });

  test("gets the state of a flow that has ended, and nothing is written for it", async () => {
    const { send, change, subscriptions, ledger } = await createSocketFixture();
    await change({ jobs: flowRecord({ mail: { status: "succeeded" } }).jobs });
    expect(await send(subscribe)).toMatchObject([{ type: "flow", flow: { status: "succeeded" } }]);
    expect(await subscriptions.subscribers(flowId)).toEqual([]);
    expect(await ledger.read(flowId)).not.toHaveProperty("watchedUntil");
  });

  test("is told to read the status where the flow is larger than a frame of 32 KB", async () => {
    const { send, change, push, sent } = await createSocketFixture();
    const jobs = Array.from({ length: 300 }, (_, i) => [`job-${i}`, { error: "x".repeat(200) }] as const);
    await change({ jobs: flowRecord(Object.fromEntries(jobs)).jobs });
    const changed = { type: "changed", flow: flowId, version: 1 };
    expect(await send(subscribe)).toEqual([{ ...changed, closesInSeconds }]);
    await push(flowId);
    expect(sent.at(-1)?.message).toEqual(changed);
  });
});

describe("who has no right to a flow", () => {
  test("gets one and the same answer for a wrong token, an unknown flow and what is no id", async () => {
    const { send, subscriptions } = await createSocketFixture();
    const refused = async (message: object) => {
      const [answer] = await send(message);
      const { flow: _, ...rest } = answer ?? {};
      return rest;
    };
    const answers = [
      await refused({ ...subscribe, token: "x" }),
      await refused({ ...subscribe, flow: otherFlowId }),
      await refused({ ...subscribe, flow: "no-id" }),
    ];
    expect(answers[0]).toMatchObject({
      type: "problem",
      problem: { type: "/problems/not-found", status: 404 },
    });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await subscriptions.subscribers(flowId)).toEqual([]);
  });

  test("is answered alike for a flow that has expired", async () => {
    const { send, change } = await createSocketFixture();
    await change({ expires: 1 });
    expect(await send(subscribe)).toMatchObject([{ problem: { type: "/problems/not-found" } }]);
  });
});

describe("a message that isn't one", () => {
  test.each([
    ["no JSON", "subscribe", 400],
    ["no object", "7", 400],
    ["null", "null", 400],
    ["another action", { action: "drop" }, 400],
    ["no action", {}, 400],
    ["a flow that is no text", { ...subscribe, flow: { $ne: 1 } }, 400],
    ["a token that is no text", { ...subscribe, token: [token] }, 400],
    ["more than a kilobyte", { ...subscribe, more: "x".repeat(1024) }, 413],
    ["a kilobyte of something", "é".repeat(513), 413],
    ["nothing", "", 400],
  ])("is answered with a problem: %s", async (_, message, status) => {
    const { send, failures } = await createSocketFixture();
    const [answer] = await send(message);
    expect(answer).toMatchObject({ type: "problem", problem: { status, title: expect.any(String) } });
    expect(JSON.stringify(answer)).not.toContain(token.slice(0, 10));
    expect(failures).toEqual([]);
    // And the connection goes on.
    expect(await send({ action: "ping" })).toEqual([{ type: "pong" }]);
  });
});

describe("limits", () => {
  test("hold for a flow: the next one takes the place of the oldest connection, which is told to ask for the status", async () => {
    const { send, subscriptions, sent, push } = await createSocketFixture();
    for (let i = 0; i < mostSubscribers; i++) await send(subscribe, `c${i}`);
    sent.length = 0;
    await send(subscribe, "late");
    const problem = { type: "/problems/too-many-subscriptions", status: 429 };
    expect(sent).toMatchObject([
      { connection: "c0", message: { type: "problem", flow: flowId, problem } },
      { connection: "late", message: { type: "flow" } },
    ]);
    expect(await subscriptions.subscribers(flowId)).toHaveLength(mostSubscribers);
    sent.length = 0;
    await push(flowId);
    expect(sent.map(({ connection }) => connection)).not.toContain("c0");
  });

  test.each([
    ["is gone", async () => false],
    [
      "can't be reached",
      async () => {
        throw new Error("throttled");
      },
    ],
  ])("drive out an oldest that %s, and the new one hears nothing of that", async (_, post) => {
    const { ledger, subscriptions, ...fixture } = await createSocketFixture();
    for (let i = 0; i < mostSubscribers; i++) await fixture.send(subscribe, `c${i}`);
    const told: string[] = [];
    const { send } = await createSocketFixture({
      ...{ ledger, subscriptions },
      connections: {
        async post(connection) {
          if (connection === "c0") return post();
          told.push(connection);
          return true;
        },
        close: async () => {},
      },
    });
    await send(subscribe, "late");
    expect(told).toEqual(["late"]);
    expect(await subscriptions.subscribers(flowId)).toContain("late");
  });

  test("hold for a connection", async () => {
    const { send, ledger, flow } = await createSocketFixture();
    const ids = Array.from({ length: mostSubscriptions }, (_, i) =>
      otherFlowId.replace("z", "abcdefghjk"[i] ?? ""),
    );
    for (const id of ids) {
      await ledger.record({ ...flow, id });
      expect(await send({ ...subscribe, flow: id })).toMatchObject([{ type: "flow" }]);
    }
    expect(await send(subscribe)).toMatchObject([{ problem: { type: "/problems/too-many-subscriptions" } }]);
  });
});

describe("a connection", () => {
  test("is answered its heartbeats while it follows a flow, and closed when it follows none for a minute", async () => {
    const { send, clock, gone } = await createSocketFixture();
    await send(subscribe, "follows");
    await clock.pass(59_999);
    expect(await send({ action: "ping" }, "idles")).toEqual([{ type: "pong" }]);
    await clock.pass(1);
    expect(await send({ action: "ping" }, "idles")).toEqual([]);
    expect(await send({ action: "ping" }, "follows")).toEqual([{ type: "pong" }]);
    expect([...gone]).toEqual(["idles"]);
  });

  test("that has ended is unsubscribed, whether it says so or is found gone", async () => {
    const { send, socket, push, gone, subscriptions } = await createSocketFixture();
    for (const id of ["says-so", "pushed-to", "answered", "stays"]) await send(subscribe, id);
    await socket.closed("says-so");
    gone.add("answered");
    await send({ action: "ping" }, "answered");
    gone.add("pushed-to");
    await push(flowId);
    expect(await subscriptions.subscribers(flowId)).toEqual(["stays"]);
    expect(await subscriptions.flows("pushed-to")).toEqual([]);
  });

  test("is told that something is out of reach, without a word of what, and the log has its kind", async () => {
    const fixture = await createSocketFixture();
    const broken = await createSocketFixture({
      ledger: {
        ...fixture.ledger,
        read: async () => {
          throw Object.assign(new Error(`${token} of zoe@example.com`), { code: "ECONNREFUSED" });
        },
      },
    });
    const answer = await broken.send(subscribe);
    expect(answer).toMatchObject([{ flow: flowId, problem: { type: "/problems/unavailable", status: 503 } }]);
    expect(broken.failures).toMatchObject([{ event: "request.failed", status: "503", flow: flowId }]);
    expect(JSON.stringify([answer, broken.failures])).not.toMatch(new RegExp(`zoe|${token}`));
  });
});
