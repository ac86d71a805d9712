import type { APIGatewayProxyWebsocketEventV2 } from "aws-lambda";
import type { SocketHandler } from "./socket.ts";

/** What is read of an event of a WebSocket API. */
export interface SocketEvent
  extends Pick<APIGatewayProxyWebsocketEventV2, "isBase64Encoded">,
    Partial<Pick<APIGatewayProxyWebsocketEventV2, "body">> {
  readonly requestContext: Pick<
    APIGatewayProxyWebsocketEventV2["requestContext"],
    "eventType" | "connectionId" | "connectedAt"
  >;
}

export type SocketFunction = (event: SocketEvent) => Promise<{ readonly statusCode: number }>;

/** The Lambda function behind a WebSocket API. Rejects only where `ready` does; API Gateway then tells the client of an error. */
export function socketFunction(ready: () => Promise<SocketHandler>): SocketFunction {
  return async ({ requestContext, body = "", isBase64Encoded }) => {
    const { eventType, connectionId: id, connectedAt } = requestContext;
    const socket = await ready();
    const text = Buffer.from(body, isBase64Encoded ? "base64" : "utf8").toString();
    if (eventType === "MESSAGE") await socket.message({ id, connectedAt }, text);
    if (eventType === "DISCONNECT") await socket.closed(id);
    return { statusCode: 200 };
  };
}
