import { once } from "node:events";
import { createServer } from "node:http";
import { afterEach, expect, test } from "@jest/globals";
import { WebSocket } from "ws";
import { createSocketServer } from "../../infra/local/socket-server.ts";
import { eventually } from "../support/eventually.ts";
import { close, LOOPBACK, listen } from "../support/loopback.ts";

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of opened.splice(0).reverse()) await end();
});

/** A server on loopback that answers each text with itself, and whom it was told has gone. */
async function serve(limits: Parameters<typeof createSocketServer>[0]) {
  const sockets = createSocketServer(limits);
  const server = createServer().on("upgrade", sockets.upgrade);
  const port = await listen(server);
  opened.push(
    () => close(server),
    () => sockets.stop(),
  );
  const gone: string[] = [];
  sockets.serve({
    message: async ({ id }, text) => void (await sockets.post(id, text)),
    closed: async (id) => void gone.push(id),
  });
  return { gone, connect: () => connect(port) };
}

function connect(port: number) {
  const socket = new WebSocket(`ws://${LOOPBACK}:${port}/socket`);
  const texts: string[] = [];
  socket.on("message", (data) => texts.push(String(data)));
  const closed = new Promise<string>((resolve) => {
    socket.on("close", (code, reason) => resolve(`${code} ${reason}`));
  });
  return { socket, texts, closed };
}

test("a connection that sends more than its rate is closed, and no other", async () => {
  const { connect, gone } = await serve({ mostMessagesAtOnce: 3, messagesPerSecond: 0.001 });
  const [noisy, quiet] = [connect(), connect()];
  await Promise.all([once(noisy.socket, "open"), once(quiet.socket, "open")]);
  for (let i = 1; i <= 3; i++) for (const { socket } of [noisy, quiet]) socket.send(`${i}`);
  for (const { texts } of [noisy, quiet]) await eventually(async () => (texts[2] ? true : undefined));
  noisy.socket.send("one too many");
  expect(await noisy.closed).toBe("1008 Too many messages");
  await eventually(async () => (gone.length === 1 ? true : undefined));
  expect([noisy.texts, quiet.texts]).toEqual([
    ["1", "2", "3"],
    ["1", "2", "3"],
  ]);
  expect(quiet.socket.readyState).toBe(WebSocket.OPEN);
});

test.each([
  ["doesn't hang up", (socket: WebSocket) => socket.send("")],
  ["pings instead", (socket: WebSocket) => socket.ping()],
])("one that %s is cut off", async (_, send) => {
  const { connect, gone } = await serve({ mostMessagesAtOnce: 3, messagesPerSecond: 0.001, hangUpMs: 20 });
  const { socket } = connect();
  await once(socket, "open");
  // So that it doesn't hear that it is closed.
  socket.pause();
  for (let i = 0; i < 4; i++) send(socket);
  await eventually(async () => (gone.length === 1 ? true : undefined));
  socket.terminate();
});

test("one that reads nothing of what it is sent is cut off, instead of filling the server's memory", async () => {
  const { connect, gone } = await serve({ mostMessagesAtOnce: 1000, mostUnreadBytes: 64 * 1024 });
  const { socket } = connect();
  await once(socket, "open");
  socket.pause();
  // More than the buffers of a connection on loopback take.
  for (let i = 0; i < 400; i++) socket.send(Buffer.alloc(100 * 1024, "a"));
  await eventually(async () => (gone.length === 1 ? true : undefined));
  socket.terminate();
});

test("what a rate has used up comes back with time", async () => {
  const { connect } = await serve({ mostMessagesAtOnce: 1, messagesPerSecond: 100_000 });
  const { socket, texts } = connect();
  await once(socket, "open");
  for (let i = 1; i <= 20; i++) {
    socket.send(`${i}`);
    await eventually(async () => (texts.length === i ? true : undefined));
  }
});

test.each([
  ["has had its two hours", { lifeMs: 50 }, "1001 Going away"],
  ["is silent for ten minutes", { idleMs: 50 }, "1001 Idle timeout"],
])("a connection that %s is closed", async (_, limits, reason) => {
  const { connect, gone } = await serve(limits);
  expect(await connect().closed).toBe(reason);
  await eventually(async () => (gone.length === 1 ? true : undefined));
});

test("one connection too many is refused, until another ends", async () => {
  const { connect, gone } = await serve({ mostConnections: 1 });
  const first = connect();
  await once(first.socket, "open");
  const second = connect();
  const [error] = await once(second.socket, "error");
  expect(String(error)).toContain("503");
  first.socket.close();
  await eventually(async () => (gone.length === 1 ? true : undefined));
  const third = connect();
  await once(third.socket, "open");
});
