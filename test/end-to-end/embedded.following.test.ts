import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { WebSocket } from "ws";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import { type Accepted, type Embedded, signUp, startEmbedded, stateDirectory } from "../support/embedded.ts";
import { eventually } from "../support/eventually.ts";
import { listen } from "../support/loopback.ts";
import { watch } from "../support/watching.ts";

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function start(...args: readonly string[]): Promise<Embedded> {
  const state = stateDirectory();
  ended.push(() => state.remove());
  return startIn(state.path, ...args);
}

async function startIn(state: string, ...args: readonly string[]): Promise<Embedded> {
  const service = await startEmbedded(state, ...args);
  ended.push(() => service.end("SIGKILL"));
  return service;
}

interface Message {
  readonly type: string;
  readonly flow?: FlowView;
  readonly problem?: { readonly type: string };
}

/** A client as anybody may write one. */
async function connect(service: Embedded) {
  const socket = new WebSocket(`ws://127.0.0.1:${service.port}/socket`);
  ended.push(() => socket.terminate());
  const messages: Message[] = [];
  socket.on("message", (data) => messages.push(JSON.parse(String(data))));
  await once(socket, "open");
  return { messages, send: (message: object) => socket.send(JSON.stringify(message)) };
}

function follow(service: Embedded, { flow, token, socket }: Accepted & { readonly socket?: string }) {
  const statusUrl = `http://127.0.0.1:${service.port}/flows/${flow.id}`;
  const watching = watch({ statusUrl, token, socketUrl: socket });
  ended.push(() => watching.watcher.close());
  return watching;
}

/** A port where nobody listens: a mail server that is down. */
async function deadPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server as never);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("two clients are told each change up to the end, by processes of their own too, whoever subscribes with another token nothing", async () => {
  const service = await start("--isolate");
  const clients = [await connect(service), await connect(service)];
  const stranger = await connect(service);
  const { flow, token } = await signUp(service, { email: "zoe@example.com", name: "Zoë" });
  for (const client of clients) client.send({ action: "subscribe", flow: flow.id, token });
  stranger.send({ action: "subscribe", flow: flow.id, token: "x".repeat(43) });
  for (const { messages } of clients) {
    const last = await eventually(async () => messages.find((each) => each.flow?.status === "succeeded"));
    expect(last.flow?.jobs.every(({ status }) => status === "succeeded")).toBe(true);
    const versions = messages.map((each) => each.flow?.version ?? -1);
    expect([messages[0]?.type, Math.max(...versions)]).toEqual(["flow", last.flow?.version]);
    // The state first, and then changes: not the end alone.
    expect(new Set(versions).size).toBeGreaterThan(1);
  }
  expect(stranger.messages).toMatchObject([{ type: "problem", problem: { type: "/problems/not-found" } }]);
});

test("the answer that starts a flow says where it can be followed, and who is kept from there follows its status", async () => {
  const service = await start();
  const accepted = await signUp(service, { email: "zoe@example.com", name: "Zoë" });
  expect(accepted).toMatchObject({ socket: "/socket" });
  const blocked = follow(service, { ...accepted, socket: "/blocked" });
  await blocked.watcher.stopped;
  expect(blocked.told.at(-1)).toBe("end succeeded");
  expect(blocked.told).not.toContain("mode socket");
});

test("a watcher outlives a kill of the service: it asks, connects again, and is told how it ends", async () => {
  const state = stateDirectory();
  ended.push(() => state.remove());
  const broken = await startIn(state.path, "--smtp", `smtp://127.0.0.1:${await deadPort()}`);
  const accepted = await signUp(broken, { email: "zoe@example.com", name: "Zoë" });
  const { watcher, told, until } = follow(broken, accepted);
  await until("mode socket");
  const held = (flow = watcher.flow) => flow?.jobs.find(({ job }) => job === "send-welcome-email")?.status;
  await eventually(async () => (held() === "held" ? true : undefined));
  await broken.end("SIGKILL");
  await eventually(async () => (told.some((each) => each.startsWith("error")) ? true : undefined));
  await startIn(state.path, "--port", String(broken.port));
  await watcher.stopped;
  expect(told.filter((each) => each === "mode socket")).toHaveLength(2);
  expect(told.at(-1)).toBe("end succeeded");
  expect(held()).toBe("succeeded");
});
