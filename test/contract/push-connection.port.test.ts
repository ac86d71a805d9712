import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createApigatewayPushConnection } from "../../functions/socket/apigateway-push-connection.ts";
import { eventually } from "../support/eventually.ts";
import { close, LOOPBACK, listen } from "../support/loopback.ts";
import { type PushAdapter, pushAdapters } from "../support/push-adapters.ts";

// The SDK's own, for whoever has none.
process.env["AWS_REGION"] = "us-east-1";
process.env["AWS_ACCESS_KEY_ID"] = "test";
process.env["AWS_SECRET_ACCESS_KEY"] = "test";

describe.each(pushAdapters)("pushing by %s", (_, startPlace) => {
  let place: PushAdapter;
  beforeAll(async () => {
    place = await startPlace();
  });
  afterAll(() => place.stop());

  test("a text arrives whole, and in order, at the connection that it is for and no other", async () => {
    const [one, other] = [await place.connect(), await place.connect()];
    const texts = ["Zoë 🦊", "x".repeat(100_000), "{}"];
    for (const text of texts) expect(await place.push.post(one.id, text)).toBe(true);
    await eventually(async () => (one.texts.length === texts.length ? true : undefined));
    expect([one.texts, other.texts]).toEqual([texts, []]);
  });

  test("a connection that its client has ended is gone, as is one that never was", async () => {
    const { id, socket } = await place.connect();
    socket.close();
    await once(socket, "close");
    await eventually(async () => ((await place.push.post(id, "?")) ? undefined : true));
    expect(await place.push.post("L0SM9cOFvHcCIhw=", "?")).toBe(false);
  });

  test("a connection that is closed here ends at its client, and again is no fault", async () => {
    const { id, socket } = await place.connect();
    const closed = once(socket, "close");
    await place.push.close(id);
    await closed;
    await place.push.close(id);
    expect(await place.push.post(id, "?")).toBe(false);
  });
});

test.each([
  [500, "InternalServerError"],
  [403, "ForbiddenException"],
])("an answer of %i is no gone connection: it is thrown", async (status, name) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(status, { "x-amzn-errortype": name, "content-type": "application/json" }).end("{}");
  });
  const push = createApigatewayPushConnection(`http://${LOOPBACK}:${await listen(server)}/live`);
  await expect(push.post("a=", "text")).rejects.toThrow();
  // Below the stage's path, and encoded.
  expect(new Set(asked)).toEqual(new Set(["POST /live/@connections/a%3D"]));
  push.destroy();
  await close(server);
});
