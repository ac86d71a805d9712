import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { type ManagementServer, startManagementServer } from "../../infra/local/management-server.ts";

let server: ManagementServer;
let host: string;
const told: string[] = [];

beforeAll(async () => {
  server = await startManagementServer({
    async post(connection, text) {
      if (connection === "broken") throw new Error("the connection's own fault");
      told.push(`${connection}: ${text}`);
      return true;
    },
    close: async (connection) => void told.push(`${connection} closed`),
  });
  host = new URL(server.endpoint).host;
});
afterAll(() => server.stop());
beforeEach(() => {
  told.length = 0;
});

function reach(): Socket {
  return connect(Number(new URL(server.endpoint).port), "127.0.0.1");
}

/** The status of the answer to these lines, with `hi` as the body. */
async function statusOf(request: string, ...headers: readonly string[]): Promise<number> {
  const socket = reach();
  const lines = [`${request} HTTP/1.1`, "connection: close", "content-length: 2", ...headers];
  socket.write(`${lines.join("\r\n")}\r\n\r\nhi`);
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  return Number(answer.split(" ")[1]);
}

const worker = () => `host: ${host}`;

test("a worker's text and its closing reach the connection that they name", async () => {
  expect(await statusOf("POST /@connections/a%3D", worker())).toBe(200);
  expect(await statusOf("DELETE /@connections/a%3D", worker())).toBe(204);
  expect(told).toEqual(["a=: hi", "a= closed"]);
});

test.each([
  ["a broken escape", "POST /@connections/%E0"],
  ["no connection", "POST /@connections/"],
  ["another path", "DELETE /"],
])("%s is a bad request, and no end of the run", async (_, request) => {
  expect(await statusOf(request, worker())).toBe(400);
  expect(await statusOf("POST /@connections/a", worker())).toBe(200);
  expect(told).toEqual(["a: hi"]);
});

test("another method isn't allowed", async () => {
  expect(await statusOf("PUT /@connections/a", worker())).toBe(405);
});

test("a body that is cut off reaches no connection, and is no end of the run", async () => {
  const socket = reach();
  socket.write(`POST /@connections/a HTTP/1.1\r\nhost: ${host}\r\nexpect: 100-continue\r\n`);
  socket.write("content-length: 100\r\n\r\n");
  // The server says so once it reads the body.
  await once(socket, "data");
  socket.resetAndDestroy();
  await once(socket, "close");
  expect(await statusOf("POST /@connections/b", worker())).toBe(200);
  expect(told).toEqual(["b: hi"]);
});

test("a fault of ours is a 500, and no end of the run", async () => {
  expect(await statusOf("POST /@connections/broken", worker())).toBe(500);
  expect(await statusOf("POST /@connections/a", worker())).toBe(200);
});

test.each([
  ["a page says its origin", () => [worker(), "origin: https://example.com"]],
  ["a page of this machine does so too", () => [worker(), `origin: http://${host}`]],
  ["a page without an origin of its own does so too", () => [worker(), "origin: null"]],
  ["a page's name was made to lead here", () => [`host: example.com:${host.split(":")[1]}`]],
])("browsers are refused: %s", async (_, headers) => {
  for (const method of ["POST", "DELETE"])
    expect(await statusOf(`${method} /@connections/a`, ...headers())).toBe(403);
  expect(told).toEqual([]);
});
