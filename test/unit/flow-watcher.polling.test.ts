import { afterEach, describe, expect, test } from "@jest/globals";
import type { HttpHandler, HttpResponse } from "../../functions/api/http.ts";
import { isFlow, type WatchedFlow } from "../../functions/page/watched-flow.ts";
import type { FlowView } from "../../shared/index.ts";
import { createApiFixture, json, setJobs } from "../support/api-fixture.ts";
import { eventually } from "../support/eventually.ts";
import { serveScripted, watch } from "../support/watching.ts";

const succeeded = { status: "succeeded", attempts: 1, startedAt: 1_000, finishedAt: 2_000 } as const;
const all = {
  "send-welcome-email": succeeded,
  "create-profile": succeeded,
  "render-receipt": { ...succeeded, result: `{"file":"receipt.pdf"}` },
};

const open: { stop(): Promise<void> }[] = [];
const watchers: { close(): void }[] = [];
afterEach(async () => {
  for (const watcher of watchers.splice(0)) watcher.close();
  await Promise.all(open.splice(0).map((server) => server.stop()));
});

/** The API on loopback with one flow in it, and a watcher of that flow. Asked again after the least time that there is. */
async function follow(
  script: Parameters<typeof serve>[0] = [],
  options: Partial<Parameters<typeof watch>[0]> = {},
) {
  const fixture = createApiFixture();
  const { flow, token } = await fixture.signUp();
  const server = await serve(script, impatient(fixture.api));
  const watching = watch({ statusUrl: `${server.url}/flows/${flow.id}`, token, ...options });
  watchers.push(watching.watcher);
  return { ...watching, fixture, flow, token, server };
}

async function serve(
  script: Awaited<ReturnType<typeof serveScripted>>["script"],
  handler: HttpHandler,
  port = 0,
) {
  const server = await serveScripted(handler, port);
  server.script.push(...script);
  open.push(server);
  return server;
}

function impatient(api: HttpHandler): HttpHandler {
  return async (request) => {
    const response = await api(request);
    const { "retry-after": retryAfter, ...headers } = response.headers;
    return { ...response, headers: { ...headers, ...(retryAfter ? { "retry-after": "0" } : {}) } };
  };
}

const answer = (status: number, headers = {}, body: unknown = {}): HttpResponse => ({
  ...{ status, headers: { "content-type": "application/json", ...headers } },
  body: typeof body === "string" ? body : JSON.stringify(body),
});

test("a flow is followed by its status until it ends, each view told once", async () => {
  const { fixture, flow, told, watcher, server, token, until } = await follow();
  await until("change 0/3");
  await setJobs(fixture, flow.id, { "create-profile": succeeded });
  await until("change 1/3");
  await eventually(async () => (server.asked.length > 3 ? true : undefined));
  await setJobs(fixture, flow.id, all);
  await watcher.stopped;
  expect(told).toEqual(["mode polling", "change 0/3", "change 1/3", "change 3/3", "end succeeded"]);
  expect(watcher.flow).toMatchObject({ status: "succeeded", id: flow.id });
  // The token travels in the header alone, and what is known already isn't sent again.
  for (const { path, query, headers } of server.asked) {
    expect([path, query, headers["authorization"]]).toEqual([`/flows/${flow.id}`, "", `Bearer ${token}`]);
  }
  expect(server.asked.slice(1).every(({ headers }) => headers["if-none-match"])).toBe(true);
});

test("the view of the API is one that a watcher takes", async () => {
  const fixture = createApiFixture();
  const { flow } = await fixture.signUp();
  const view: FlowView = flow;
  const watched: WatchedFlow = view;
  expect(isFlow(json({ status: 200, headers: {}, body: JSON.stringify(watched) }))).toBe(true);
});

test("is asked for again no sooner than the answer's Retry-After says", async () => {
  const fixture = createApiFixture();
  const { flow, token } = await fixture.signUp();
  const server = await serve([], fixture.api);
  watchers.push(watch({ statusUrl: `${server.url}/flows/${flow.id}`, token }).watcher);
  await eventually(async () => server.asked[2]);
  const [first = 0, second = 0, third = 0] = server.asked.map(({ at }) => at);
  // A timer of Node may fire a millisecond early.
  expect(Math.min(second - first, third - second)).toBeGreaterThan(998);
});

describe("a failure that passes", () => {
  test.each([429, 500, 502, 503, 408])("is told and tried again: %i", async (status) => {
    const { told, until } = await follow([answer(status), answer(status)]);
    await until("change 0/3");
    expect(told).toEqual([`error ${status}`, `error ${status}`, "mode polling", "change 0/3"]);
  });

  test("is tried again no sooner than its Retry-After says", async () => {
    const { until, server } = await follow([answer(503, { "retry-after": "1" })]);
    await until("change 0/3");
    const [first = 0, second = 0] = server.asked.map(({ at }) => at);
    expect(second - first).toBeGreaterThan(998);
  });

  test.each([
    [
      "a page in the place of the flow",
      answer(200, { "content-type": "text/html" }, "<h1>Log in</h1>"),
      "200",
    ],
    ["another document", answer(200, {}, { jobs: [] }), "200"],
    ["a redirect, which doesn't get the token", answer(307, { location: "/elsewhere" }), "fetch failed"],
  ])("may be %s", async (_, first, words) => {
    const { told, until, server } = await follow([first]);
    await until("change 0/3");
    expect(told[0]).toBe(`error ${words}`);
    expect(server.asked.map(({ path }) => path)).not.toContain("/elsewhere");
  });

  test("is an answer that never comes", async () => {
    const { told, until } = await follow([() => new Promise(() => {})], { times: { answerMs: 50 } });
    await until("change 0/3");
    expect(told[0]).toMatch(/^error .*timeout/);
  });

  test("is a server that is down, and is there again", async () => {
    const { told, fixture, flow, until, server, watcher } = await follow();
    await until("change 0/3");
    await server.stop();
    await until("error fetch failed");
    await setJobs(fixture, flow.id, all);
    await serve([], fixture.api, server.port);
    await watcher.stopped;
    expect(told.slice(-2)).toEqual(["change 3/3", "end succeeded"]);
  });
});

test.each([
  ["an unknown token", { token: "x" }, 404],
  ["no token", { token: "" }, 401],
])("%s is a final error, after which nothing is asked", async (_, options, status) => {
  const { told, watcher, server } = await follow([], options);
  await watcher.stopped;
  expect(told).toEqual([`error final ${status}`]);
  expect(server.asked).toHaveLength(1);
});

/** A browser's word on its network. */
class Network extends EventTarget {
  onLine = true;
  turn(to: "online" | "offline"): void {
    this.onLine = to === "online";
    this.dispatchEvent(new Event(to));
  }
}

describe("without a network", () => {
  test("it waits, and goes on as soon as the network is back", async () => {
    const network = new Network();
    const times = { retryMs: 3_600_000, mostRetryMs: 3_600_000 };
    const { told, fixture, flow, until, server, watcher } = await follow([], { network, times });
    await until("change 0/3");
    await server.stop();
    network.turn("offline");
    await until("mode offline");
    await serve([], fixture.api, server.port);
    await setJobs(fixture, flow.id, all);
    network.turn("online");
    await watcher.stopped;
    expect(told).toEqual([
      ...["mode polling", "change 0/3", "mode offline"],
      ...["mode polling", "change 3/3", "end succeeded"],
    ]);
  });

  test("a service on the machine itself is followed all the same", async () => {
    const network = new Network();
    network.turn("offline");
    const { told, until } = await follow([], { network });
    await until("change 0/3");
    expect(told).toEqual(["mode polling", "change 0/3"]);
  });
});

test("of views with versions only a newer one is told, whatever order they come in", async () => {
  const { flow, told, watcher, server } = await follow([]);
  const view = (version: number, status = "running") =>
    answer(200, { "retry-after": "0" }, { ...flow, version, status });
  server.script.push(view(2), view(1), view(2, "failed"), view(3), view(4, "failed"));
  await watcher.stopped;
  expect(told).toEqual(["mode polling", "change 0/3", "change 0/3", "change 0/3", "end failed"]);
  expect(watcher.flow?.version).toBe(4);
});

test("after close nothing is told or asked, and likewise when the signal aborts", async () => {
  const controller = new AbortController();
  for (const end of ["close", "abort"] as const) {
    const { watcher, told, until, server } = await follow([], { signal: controller.signal });
    await until("change 0/3");
    if (end === "close") watcher.close();
    else controller.abort();
    await watcher.stopped;
    const asked = server.asked.length;
    expect([told, asked]).toEqual([["mode polling", "change 0/3"], server.asked.length]);
  }
  const { watcher, server } = await follow([], { signal: controller.signal });
  await watcher.stopped;
  expect(server.asked).toEqual([]);
});
