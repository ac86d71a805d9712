import { afterEach, expect, test } from "@jest/globals";
import { createGuardedPost, type GuardedPostOptions } from "../../shared/outbound/guarded-post.ts";
import { type Answer, type Receiver, receiverCa, startReceiver } from "../support/https-receiver.ts";

const running: Receiver[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((receiver) => receiver.stop()));
});

async function receiving(answer?: Answer): Promise<Receiver> {
  const receiver = await startReceiver(answer);
  running.push(receiver);
  return receiver;
}

/** Posts to a receiver as to a public one of the name hooks.example.com. */
function posting(receiver: Receiver, options: GuardedPostOptions = {}) {
  const post = createGuardedPost({
    ca: receiverCa,
    ports: [receiver.port],
    resolve: async () => [{ address: "127.0.0.1", family: 4 }],
    refused: () => undefined,
    ...options,
  });
  return post({
    url: `https://hooks.example.com:${receiver.port}/a/b?c=d`,
    headers: { "content-type": "application/json", "webhook-id": "1" },
    body: '{"text":"ü"}',
  });
}

test("a post arrives whole, at the path, under the name that was resolved", async () => {
  const receiver = await receiving();
  expect(await posting(receiver)).toEqual({ kind: "answered", status: 204 });
  const { port } = receiver;
  expect(receiver.received).toMatchObject([
    {
      method: "POST",
      path: "/a/b?c=d",
      body: '{"text":"ü"}',
      servername: "hooks.example.com",
      headers: {
        host: `hooks.example.com:${port}`,
        "content-length": "13",
        "webhook-id": "1",
        connection: "close",
      },
    },
  ]);
});

test("no redirect is followed: it is an answer like any other", async () => {
  const other = await receiving();
  const receiver = await receiving((response) => {
    response.writeHead(307, { location: `https://hooks.example.com:${other.port}/` }).end();
  });
  expect(await posting(receiver, { ports: [receiver.port, other.port] })).toEqual({
    kind: "answered",
    status: 307,
  });
  expect(other.connections).toBe(0);
});

test("Retry-After is handed on", async () => {
  const receiver = await receiving((response) => {
    response.writeHead(429, { "retry-after": "120" }).end("slower");
  });
  expect(await posting(receiver)).toEqual({ kind: "answered", status: 429, retryAfter: "120" });
});

test("of an answer without end, no more is read than the limit, and its status counts", async () => {
  let written = 0;
  const closed = Promise.withResolvers<void>();
  const receiver = await receiving((response) => {
    response.writeHead(200);
    response.on("close", () => closed.resolve());
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(16 * 1024))) written += 16 * 1024;
      if (!response.destroyed) response.once("drain", more);
    };
    more();
  });
  expect(await posting(receiver)).toEqual({ kind: "answered", status: 200 });
  await closed.promise;
  // What was under way in the buffers of both sides, and no more.
  expect(written).toBeLessThan(16 * 1024 * 1024);
});

test.each<[string, Answer]>([
  ["never answers", () => {}],
  ["answers a header and never goes on", (response) => response.flushHeaders()],
  [
    "sends a byte now and then",
    (response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write("."), 20);
      response.on("close", () => clearInterval(timer));
    },
  ],
])("a receiver that %s is left when the time is over", async (_, answer) => {
  const receiver = await receiving(answer);
  expect(await posting(receiver, { timeoutMs: 300 })).toEqual({
    kind: "unanswered",
    reason: "no answer within 0.3 s",
    connected: true,
  });
});

test("a name server that never answers is left when the time is over", async () => {
  const receiver = await receiving();
  const resolve = () => new Promise<never>(() => {});
  expect(await posting(receiver, { timeoutMs: 100, resolve })).toEqual({
    kind: "unanswered",
    reason: "no answer within 0.1 s",
    connected: false,
  });
  expect(receiver.connections).toBe(0);
});

test("a connection that is cut, before or in the answer, is no answer", async () => {
  const cutBefore = await receiving((response) => void response.socket?.destroy());
  const cutInside = await receiving((response) => {
    response.writeHead(200, { "content-length": "100" }).write("a", () => response.socket?.destroy());
  });
  const expected = { kind: "unanswered", reason: "no answer (ECONNRESET)", connected: true };
  expect(await posting(cutBefore)).toEqual(expected);
  expect(await posting(cutInside)).toEqual(expected);
});

test("an answer that asks for another protocol is no answer", async () => {
  const receiver = await receiving((response) => {
    response.socket?.end("HTTP/1.1 101 Switching Protocols\r\nupgrade: ws\r\nconnection: upgrade\r\n\r\n");
  });
  expect(await posting(receiver)).toMatchObject({ kind: "unanswered" });
});

test("what is no HTTP, and headers without end, are no answer, told by Node's code", async () => {
  const noise = await receiving((response) => void response.socket?.end("220 smtp.example.com ready\r\n"));
  const headers = await receiving(
    (response) => void response.writeHead(200, { a: "b".repeat(100_000) }).end(),
  );
  expect(await posting(noise)).toMatchObject({
    kind: "unanswered",
    reason: expect.stringMatching(/^no answer \(HPE_\w+\)$/),
  });
  expect(await posting(headers)).toMatchObject({ reason: "no answer (HPE_HEADER_OVERFLOW)" });
});

test("nobody there, and no such name, are no answer", async () => {
  const receiver = await receiving();
  await receiver.stop();
  running.length = 0;
  expect(await posting(receiver)).toEqual({
    ...{ kind: "unanswered", reason: "no answer (ECONNREFUSED)", connected: false },
  });
  const resolve = () => Promise.reject(Object.assign(new Error("hooks.example.com"), { code: "ENOTFOUND" }));
  expect(await posting(receiver, { resolve })).toEqual({
    kind: "unanswered",
    reason: "no answer (ENOTFOUND)",
    connected: false,
  });
});
