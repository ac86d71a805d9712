import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { HttpRequest } from "../../functions/api/http.ts";
import { type HttpServer, requestLimits, startHttpServer } from "../../infra/local/http-server.ts";
import { refuseUpgrade } from "../../infra/local/socket-server.ts";

const limits = {
  ...requestLimits,
  headersTimeout: 300,
  requestTimeout: 600,
  connectionsCheckingInterval: 50,
};
let server: HttpServer;
const seen: HttpRequest[] = [];

beforeAll(async () => {
  server = await startHttpServer(0, limits);
  server.serve(async (request) => {
    seen.push(request);
    return { status: 200, headers: { "x-is": "served" }, body: "served" };
  });
});
afterAll(() => server.stop());
beforeEach(() => {
  seen.length = 0;
});

/** All that the server says until it hangs up, having been sent these bytes and no more. */
async function answerTo(bytes: string | Buffer, { port } = server): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.on("data", (chunk) => (answer += chunk));
  // Reset by a server that reads no further: the answer may have come before.
  socket.on("error", () => {});
  socket.write(bytes);
  await once(socket, "close");
  return answer;
}

const get = (lines: string) => `GET /health HTTP/1.1\r\n${lines}\r\n\r\n`;
const post = (lines: string, body: string) => `POST / HTTP/1.1\r\nHost: a\r\n${lines}\r\n\r\n${body}`;

describe("what isn't HTTP", () => {
  test.each<[string, string | Buffer]>([
    ["nothing but noise", Buffer.from([0, 1, 2, 255, 254, 13, 10, 13, 10])],
    ["TLS", Buffer.from("16030100a5010000a10303", "hex")],
    ["HTTP/9.9", "GET /health HTTP/9.9\r\n\r\n"],
    ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["no host", get("Accept: */*")],
    ["a header without a name", get("Host: a\r\n: b")],
    ["a space before a header's colon", get("Host: a\r\nContent-Length : 3")],
    ["a bare line feed in a header", get("Host: a\r\nX: a\nContent-Length: 3")],
    ["a header that goes on in the next line", get("Host: a\r\nX: a\r\n b\r\n\tc: d\0")],
    ["a null in a header", get("Host: a\r\nX: \0")],
    ["a length that is no number", post("Content-Length: 0x10", "a")],
    ["a negative length", post("Content-Length: -1", "a")],
    ["two lengths", post("Content-Length: 1\r\nContent-Length: 2", "ab")],
    ["a length and chunks", post("Content-Length: 1\r\nTransfer-Encoding: chunked", "0\r\n\r\n")],
    ["chunks in another coding", post("Transfer-Encoding: chunked, identity", "0\r\n\r\n")],
    ["a chunk of no size", post("Transfer-Encoding: chunked", "zz\r\n\r\n")],
    ["a chunk that is longer than it says", post("Transfer-Encoding: chunked", "1\r\nabc\r\n0\r\n\r\n")],
    ["headers of 20 KB", get(`Host: a\r\nX: ${"x".repeat(20_000)}`)],
    ["a path of 20 KB", `GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ["a proxy's CONNECT", "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n"],
  ])("is refused and hung up on, and reaches no route: %s", async (_, bytes) => {
    // A 400 or 431, or nothing.
    expect(await answerTo(bytes)).toMatch(/^(?:HTTP\/1\.1 4\d\d [^\r]+\r\nConnection: close\r\n|$)/);
    expect(seen).toEqual([]);
  });
});

describe("who is too slow", () => {
  test.each([
    ["nothing", ""],
    ["headers without an end", "GET / HTTP/1.1\r\nHost: a\r\nX: "],
    ["a body without an end", post("Content-Length: 100", "a")],
    ["chunks without an end", post("Transfer-Encoding: chunked", "1\r\na\r\n")],
  ])("is hung up on: %s", async (_, bytes) => {
    const answer = await answerTo(bytes);
    expect(answer === "" || answer.startsWith("HTTP/1.1 408 ")).toBe(true);
    expect(seen).toEqual([]);
  });
});

/** Its limits of time are the service's: a busy machine takes its time for 17 MiB. */
async function startPatient(): Promise<HttpServer> {
  const patient = await startHttpServer(0);
  patient.serve(async (request) => {
    seen.push(request);
    return { status: 200, headers: {}, body: "" };
  });
  return patient;
}

test("a body beyond all bounds is cut off, after a look at no more of it than a route reads", async () => {
  const patient = await startPatient();
  const answer = await answerTo(post("Content-Length: 99999999", "a".repeat(17 * 1024 * 1024)), patient);
  await patient.stop();
  expect(seen.map(({ body }) => body.length)).toEqual([784 * 1024 + 1]);
  expect(answer === "" || /^connection: close\r$/im.test(answer)).toBe(true);
});

describe("who asks to become a WebSocket where there is none", () => {
  const ask = get("Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket");

  test("is answered like anybody, whatever it wants to speak", async () => {
    for (const protocol of ["websocket", "h2c"]) {
      const answer = await answerTo(get(`Host: a\r\nConnection: Upgrade, close\r\nUpgrade: ${protocol}`));
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    }
  });

  test("may reset the connection, and nobody else notices", async () => {
    const resets = Array.from({ length: 50 }, async () => {
      const socket = connect(server.port, "127.0.0.1");
      const closed = once(socket, "close");
      socket.on("error", () => {});
      socket.write(ask, () => socket.resetAndDestroy());
      await closed;
    });
    await Promise.all(resets);
    // Served behind all of them.
    expect(await answerTo(get("Host: a\r\nConnection: close"))).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("and, where one is refused, never hangs up keeps the server from stopping no longer than others", async () => {
    const another = await startHttpServer(0, limits);
    another.upgrades("/health", (_, socket) => refuseUpgrade(socket, "503 Service Unavailable"));
    const socket = connect({ port: another.port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", () => {});
    socket.write(ask);
    await once(socket.resume(), "end");
    await another.stop();
    socket.destroy();
  });
});

test("after all of them it answers as before", async () => {
  const answer = await answerTo(get("Host: a\r\nConnection: close"));
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*x-is: served[\s\S]*\r\n\r\nserved$/);
});
