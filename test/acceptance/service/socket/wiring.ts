import type { Environment } from "../../../../functions/environment.ts";
import type { SocketHandler } from "../../../../functions/socket/socket.ts";
import {
  createSocketFromEnvironment as createSocket,
  type SocketOptions,
} from "../../../../functions/socket/wiring.ts";
import { catalog } from "../catalog.ts";

/** The product's WebSocket over this service's catalog. */
export function createSocketFromEnvironment(
  environment: Environment,
  options: SocketOptions = {},
): SocketHandler {
  return createSocket(environment, { catalog, ...options });
}
