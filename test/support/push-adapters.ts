import { once } from "node:events";
import { createServer } from "node:http";
import { WebSocket } from "ws";
import { createApigatewayPushConnection } from "../../functions/socket/apigateway-push-connection.ts";
import type { PushConnection } from "../../functions/socket/push-connection.ts";
import { startManagementServer } from "../../infra/local/management-server.ts";
import { createSocketServer } from "../../infra/local/socket-server.ts";
import { close, LOOPBACK, listen } from "./loopback.ts";

export interface PushAdapter {
  readonly push: PushConnection;
  /** A client that is connected; its id, as the server gave it. */
  connect(): Promise<{ readonly id: string; readonly socket: WebSocket; readonly texts: string[] }>;
  stop(): Promise<void>;
}

/** What the contract of pushing is run on, by name: connections that are kept here, directly and by API Gateway's management API. */
export const pushAdapters: readonly (readonly [string, () => Promise<PushAdapter>])[] = [
  ["ws", () => startPushAdapter(async (push) => ({ push, stop: async () => {} }))],
  [
    "API Gateway's management API",
    () =>
      startPushAdapter(async (connections) => {
        const management = await startManagementServer(connections);
        // As on AWS, where the stage is part of the path, but that a path of one's own can't be told from it.
        const push = createApigatewayPushConnection(management.endpoint);
        const stop = async () => {
          push.destroy();
          await management.stop();
        };
        return { push, stop };
      }),
  ],
];

async function startPushAdapter(
  wrap: (push: PushConnection) => Promise<Pick<PushAdapter, "push" | "stop">>,
): Promise<PushAdapter> {
  const sockets = createSocketServer();
  const server = createServer().on("upgrade", sockets.upgrade);
  const port = await listen(server);
  const asked = Promise.withResolvers<string>();
  let next = asked;
  sockets.serve({ message: async ({ id }) => next.resolve(id), closed: async () => {} });
  const { push, stop } = await wrap(sockets);
  return {
    push,
    async connect() {
      next = Promise.withResolvers<string>();
      const socket = new WebSocket(`ws://${LOOPBACK}:${port}/socket`);
      const texts: string[] = [];
      socket.on("message", (data) => texts.push(String(data)));
      await once(socket, "open");
      socket.send("who am I?");
      return { id: await next.promise, socket, texts };
    },
    async stop() {
      await stop();
      await sockets.stop();
      await close(server);
    },
  };
}
