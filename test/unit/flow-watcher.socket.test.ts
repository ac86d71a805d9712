import { afterEach, describe, expect, test } from "@jest/globals";
import { catalog } from "../../functions/catalog.ts";
import { createFlowPusher } from "../../functions/socket/push-flow.ts";
import { createSocket, type SocketHandler } from "../../functions/socket/socket.ts";
import { createSocketServer, type SocketServer } from "../../infra/local/socket-server.ts";
import { systemClock } from "../../shared/clock/clock.ts";
import { flowView } from "../../shared/flow/flow-view.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import type { Roster } from "../../shared/subscription/rosters.ts";
import { createSubscriptions } from "../../shared/subscription/subscriptions.ts";
import { createApiFixture, setJobs } from "../support/api-fixture.ts";
import { eventually } from "../support/eventually.ts";
import { serveScripted, watch } from "../support/watching.ts";

const succeeded = { status: "succeeded", attempts: 1, startedAt: 1_000, finishedAt: 2_000 } as const;
const all = { "send-welcome-email": succeeded, "create-profile": succeeded, "render-receipt": succeeded };

const opened: { stop(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.stop()));
});

type Options = Partial<Parameters<typeof watch>[0]>;

/** The API and its WebSocket on loopback with one flow in them, and a watcher of that flow. `scripted` stands in for the handlers. */
async function follow(
  options: Options = {},
  scripted?: (sockets: SocketServer, flow: string) => SocketHandler,
) {
  const fixture = createApiFixture();
  const { flow, token } = await fixture.signUp();
  const server = await serveScripted(fixture.api);
  const subscriptions = createSubscriptions({ table: createMemoryTable<Roster>(), clock: systemClock });
  const upgraded: { readonly url?: string | undefined; readonly headers: object }[] = [];

  function openSockets(): SocketServer {
    const sockets = createSocketServer();
    opened.push(sockets);
    server.upgrades("/socket", (request, socket, head) => {
      upgraded.push(request);
      sockets.upgrade(request, socket, head);
    });
    const { ledger } = fixture;
    const ports = { catalog, ledger, subscriptions, connections: sockets, clock: systemClock, log: () => {} };
    sockets.serve(scripted?.(sockets, flow.id) ?? createSocket(ports));
    return sockets;
  }

  let sockets = openSockets();
  const watching = watch({
    statusUrl: `${server.url}/flows/${flow.id}`,
    token,
    socketUrl: "/socket",
    ...options,
  });
  opened.push(server, { stop: () => watching.watcher.close() });
  return {
    ...{ ...watching, fixture, flow, token, server, subscriptions, upgraded },
    /** As a worker settles jobs, and the notification of it arrives. */
    async settle(jobs: Parameters<typeof setJobs>[2]) {
      await setJobs(fixture, flow.id, jobs);
      const record = await fixture.ledger.read(flow.id);
      if (record) await createFlowPusher({ subscriptions, connections: sockets })(flowView(record, catalog));
    },
    /** As when the server starts anew: connections are cut, and later ones taken again. */
    async restartSockets() {
      await sockets.stop();
      sockets = openSockets();
    },
  };
}

test("changes are told by the WebSocket as they come, and the status is asked for once", async () => {
  const { until, told, settle, watcher, server, upgraded, token } = await follow();
  await until("mode socket");
  await settle({ "create-profile": succeeded });
  await until("change 1/3");
  await settle(all);
  await watcher.stopped;
  expect(told).toEqual([
    ...["mode polling", "change 0/3", "mode socket", "change 1/3", "change 3/3", "end succeeded"],
  ]);
  // Before the WebSocket was there; the second may have been under way when it came.
  expect(server.asked.length).toBeLessThanOrEqual(2);
  // The token is neither in its URL nor in a header.
  expect(upgraded.map(({ url }) => url)).toEqual(["/socket"]);
  expect(JSON.stringify(upgraded.map(({ headers }) => headers))).not.toContain(token);
});

test("at its end the watcher takes its connection back, and so does the server its subscription", async () => {
  const { until, settle, watcher, subscriptions, flow } = await follow();
  await until("mode socket");
  await settle({ "create-profile": succeeded });
  expect(await subscriptions.subscribers(flow.id)).toHaveLength(1);
  watcher.close();
  await eventually(async () => ((await subscriptions.subscribers(flow.id)).length === 0 ? true : undefined));
});

describe("where there is no WebSocket to be had, the flow is followed by its status to the end", () => {
  const silent: SocketHandler = { message: async () => {}, closed: async () => {} };
  test.each<[string, Options, (() => SocketHandler) | undefined]>([
    ["it is blocked", { socketUrl: "/blocked" }, undefined],
    ["nothing listens there", { socketUrl: "ws://127.0.0.1:1/socket" }, undefined],
    ["its URL is none that a browser takes", { socketUrl: "ftp://127.0.0.1/socket" }, undefined],
    ["it never answers", { times: { answerMs: 200 } }, () => silent],
  ])("%s", async (_, options, scripted) => {
    const { until, told, fixture, flow, watcher } = await follow(options, scripted);
    await until("change 0/3");
    await setJobs(fixture, flow.id, all);
    await watcher.stopped;
    expect(told).toEqual(["mode polling", "change 0/3", "change 3/3", "end succeeded"]);
  });
});

describe("a connection that is lost", () => {
  test("is made again, and what was missed meanwhile is seen at once", async () => {
    const { until, told, fixture, flow, settle, restartSockets, watcher } = await follow();
    await until("mode socket");
    await setJobs(fixture, flow.id, { "create-profile": succeeded });
    await restartSockets();
    await until("change 1/3");
    await eventually(async () => (told.filter((each) => each === "mode socket")[1] ? true : undefined));
    await settle(all);
    await watcher.stopped;
    expect(told.slice(-2)).toEqual(["change 3/3", "end succeeded"]);
  });

  test("is found by its silence, though nobody has closed it", async () => {
    let answers = true;
    const texts: string[] = [];
    const { until, told, flow } = await follow(
      { times: { heartbeatMs: 30, answerMs: 200 } },
      (sockets, id) => ({
        async message(connection, text) {
          texts.push(text);
          if (text.includes("subscribe")) await sockets.post(connection.id, flowText(id, 1));
          else if (answers) await sockets.post(connection.id, `{"type":"pong"}`);
        },
        closed: async () => {},
      }),
    );
    await until("mode socket");
    await eventually(async () => (texts.filter((text) => text.includes("ping"))[1] ? true : undefined));
    expect(told.at(-1)).not.toBe("mode polling");
    answers = false;
    await eventually(async () => (told.slice(3).includes("mode polling") ? true : undefined));
    expect(texts[0]).toContain(flow.id);
  });

  test("or is about to end by its time, is replaced before", async () => {
    const connections = new Set<string>();
    const { until } = await follow({}, (sockets, id) => ({
      async message(connection) {
        connections.add(connection.id);
        const text = JSON.parse(flowText(id, 1)) as object;
        await sockets.post(connection.id, JSON.stringify({ ...text, closesInSeconds: 0.05 }));
      },
      closed: async () => {},
    }));
    await until("mode socket");
    await eventually(async () => (connections.size > 2 ? true : undefined));
  });
});

test.each([
  ["for good", 404],
  ["in favour of newer ones", 429],
])("a subscription that is refused %s isn't tried again", async (_, status) => {
  const connections = new Set<string>();
  const { until, server, told } = await follow({}, (sockets) => ({
    async message({ id }) {
      connections.add(id);
      await sockets.post(id, JSON.stringify({ type: "problem", problem: { status } }));
    },
    closed: async () => {},
  }));
  await until("change 0/3");
  await eventually(async () => (server.asked.length > 2 ? true : undefined));
  expect([connections.size, told]).toEqual([1, ["mode polling", "change 0/3"]]);
});

test("a subscription that was answered with something else, as API Gateway does beyond its rate, is made again", async () => {
  const connections = new Set<string>();
  const { until } = await follow({ times: { answerMs: 200 } }, (sockets, flow) => ({
    async message({ id }) {
      connections.add(id);
      const beyond = JSON.stringify({ message: "Too many", connectionId: id, requestId: "L0SM9cOFvHcCIhw=" });
      await sockets.post(id, connections.size === 1 ? beyond : flowText(flow, 1));
    },
    closed: async () => {},
  }));
  await until("mode socket");
  expect(connections.size).toBeGreaterThan(1);
});

test("of what is told only what is newer counts, and what can't be read is passed over", async () => {
  const { until, told, watcher } = await follow({}, (sockets, flow) => ({
    async message({ id }) {
      for (const text of ["?", "[]", `{"type":"flow","flow":{}}`, `{"type":"tomorrow"}`])
        await sockets.post(id, text);
      for (const version of [5, 4, 5, 6]) await sockets.post(id, flowText(flow, version));
      await sockets.post(id, flowText(flow, 7, "failed"));
    },
    closed: async () => {},
  }));
  await until("end failed");
  await watcher.stopped;
  expect(told.filter((each) => each.startsWith("change"))).toEqual([
    "change 0/3",
    ...Array(3).fill("change 0/0"),
  ]);
  expect(watcher.flow?.version).toBe(7);
});

test("a flow that is too large to be told is asked for as soon as it is said to have changed", async () => {
  const ids = Promise.withResolvers<string>();
  let server: SocketServer | undefined;
  const { until, fixture, flow } = await follow({}, (sockets, id) => {
    server = sockets;
    return {
      async message(connection) {
        ids.resolve(connection.id);
        await sockets.post(connection.id, JSON.stringify({ type: "changed", flow: id, version: 0 }));
      },
      closed: async () => {},
    };
  });
  await until("mode socket");
  await setJobs(fixture, flow.id, { "create-profile": succeeded });
  await server?.post(await ids.promise, JSON.stringify({ type: "changed", flow: flow.id, version: 1 }));
  await until("change 1/3");
});

test("a change that is told while the status is being asked for is asked for again: that answer may be older", async () => {
  const asking = Promise.withResolvers<void>();
  const answering = Promise.withResolvers<void>();
  const ids = Promise.withResolvers<string>();
  let server: SocketServer | undefined;
  const { until, fixture, flow, ...rest } = await follow({}, (sockets, id) => {
    server = sockets;
    return {
      async message(connection) {
        ids.resolve(connection.id);
        await sockets.post(connection.id, JSON.stringify({ type: "changed", flow: id, version: 0 }));
      },
      closed: async () => {},
    };
  });
  rest.server.script.push(fixture.api, async (request) => {
    const answer = await fixture.api(request);
    asking.resolve();
    await answering.promise;
    return answer;
  });
  await asking.promise;
  await setJobs(fixture, flow.id, { "create-profile": succeeded });
  await server?.post(await ids.promise, JSON.stringify({ type: "changed", flow: flow.id, version: 1 }));
  // It has arrived once a later message has.
  await until("mode socket");
  answering.resolve();
  await until("change 1/3");
});

test("what nobody told is seen by a look at the status in the quiet time", async () => {
  const { until, told, fixture, flow, watcher } = await follow({ times: { quietMs: 50 } });
  await until("mode socket");
  await setJobs(fixture, flow.id, all);
  await watcher.stopped;
  expect(told.slice(-3)).toEqual(["mode socket", "change 3/3", "end succeeded"]);
});

function flowText(id: string, version: number, status = "running"): string {
  const flow = { id, name: "sign-up", status, version, createdAt: "2026-01-01T00:00:00.000Z", jobs: [] };
  return JSON.stringify({ type: "flow", flow });
}
