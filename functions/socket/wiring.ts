import { awsLedger } from "../../shared/aws/index.ts";
import { type Catalog, jsonLog, readableLog, type Subscriptions } from "../../shared/index.ts";
import { catalog as ownCatalog } from "../catalog.ts";
import type { Environment } from "../environment.ts";
import { createApigatewayPushConnection } from "./apigateway-push-connection.ts";
import type { PushConnection } from "./push-connection.ts";
import { createFlowPusher, type PushFlow } from "./push-flow.ts";
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
  { catalog = ownCatalog, connections }: SocketOptions = {},
): SocketHandler {
  return createSocket({
    ...awsLedger(environment.required("LEDGER_TABLE")),
    catalog,
    log: environment.log() === "readable" ? readableLog() : jsonLog(),
    connections:
      connections ??
      createApigatewayPushConnection(environment.socketEndpoint() ?? environment.required("SOCKET_ENDPOINT")),
  });
}

/** How subscribers are told of a flow; where there is no WebSocket, nobody is. */
export function createPush(
  { subscriptions }: { readonly subscriptions: Subscriptions },
  environment: Environment,
): PushFlow {
  const endpoint = environment.socketEndpoint();
  if (endpoint === undefined) return async () => {};
  return createFlowPusher({ subscriptions, connections: createApigatewayPushConnection(endpoint) });
}
