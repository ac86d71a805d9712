import type { Catalog } from "../../shared/index.ts";
import { createEngine } from "../engine.ts";
import type { Environment } from "../environment.ts";
import { createApigatewayPushConnection } from "./apigateway-push-connection.ts";
import type { PushConnection } from "./push-connection.ts";
import { createSocket, type SocketHandler } from "./socket.ts";

/** What another service of the same shape serves instead, and who keeps the connections open. */
export interface SocketOptions {
  /** Default: this service's own. */
  readonly catalog?: Catalog;
  /** Default: API Gateway. */
  readonly connections?: PushConnection;
}

/**
 * The WebSocket over AWS, for whatever serves it.
 * @throws Error in the form `<name>: <rule>, got <value>` where a variable isn't set.
 */
export function createSocketFromEnvironment(
  environment: Environment,
  { catalog, connections }: SocketOptions = {},
): SocketHandler {
  return createSocket({
    ...createEngine(environment, catalog),
    connections: connections ?? createApigatewayPushConnection(environment.required("SOCKET_ENDPOINT")),
  });
}
