import { expect, test } from "@jest/globals";
import { type SocketEvent, socketFunction } from "../../functions/socket/lambda-socket.ts";
import type { SocketHandler } from "../../functions/socket/socket.ts";

/** What a WebSocket API sends, shortened to what is its own. */
function socketEvent(
  eventType: SocketEvent["requestContext"]["eventType"],
  changes: object = {},
): SocketEvent {
  return {
    requestContext: {
      routeKey: "$default",
      eventType,
      connectedAt: 1_795_000_000_000,
      requestTimeEpoch: 1_795_000_001_000,
      connectionId: "L0SM9cOFvHcCIhw=",
      domainName: "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
      stage: "live",
    },
    isBase64Encoded: false,
    ...changes,
  } as SocketEvent;
}

async function calledWith(event: SocketEvent) {
  const calls: unknown[] = [];
  const handler: SocketHandler = {
    message: async (connection, text) => void calls.push(["message", connection, text]),
    closed: async (connection) => void calls.push(["closed", connection]),
  };
  expect(await socketFunction(async () => handler)(event)).toEqual({ statusCode: 200 });
  return calls;
}

const connection = { id: "L0SM9cOFvHcCIhw=", connectedAt: 1_795_000_000_000 };

test("a message is handed on with its connection, as text or in base64", async () => {
  expect(await calledWith(socketEvent("MESSAGE", { body: "Zoë" }))).toEqual([["message", connection, "Zoë"]]);
  const body = Buffer.from("Zoë").toString("base64");
  expect(await calledWith(socketEvent("MESSAGE", { body, isBase64Encoded: true }))).toEqual([
    ["message", connection, "Zoë"],
  ]);
  expect(await calledWith(socketEvent("MESSAGE"))).toEqual([["message", connection, ""]]);
});

test("the end of a connection is handed on, its beginning is nothing yet", async () => {
  expect(await calledWith(socketEvent("DISCONNECT"))).toEqual([["closed", connection.id]]);
  expect(await calledWith(socketEvent("CONNECT"))).toEqual([]);
});
