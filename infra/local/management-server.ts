import { createServer, type ServerResponse } from "node:http";
import type { PushConnection } from "../../functions/socket/push-connection.ts";
import { listen, loopback } from "./loopback.ts";

export interface ManagementServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * API Gateway's management API over connections that are kept here, on a loopback port of its own: workers push by it as they do on
 * AWS, from whatever process they run in.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export async function startManagementServer(connections: PushConnection): Promise<ManagementServer> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const [, id = ""] = /^\/@connections\/([^/?]+)$/.exec(request.url ?? "") ?? [];
    const connection = decodeURIComponent(id);
    if (request.method === "POST") {
      const sent = await connections.post(connection, Buffer.concat(chunks).toString());
      return sent ? response.writeHead(200).end() : gone(response);
    }
    if (request.method === "DELETE") {
      await connections.close(connection);
      return response.writeHead(204).end();
    }
    return response.writeHead(405).end();
  });
  const endpoint = `http://${loopback}:${await listen(server)}`;
  return {
    endpoint,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function gone(response: ServerResponse): void {
  const headers = { "content-type": "application/json", "x-amzn-errortype": "GoneException" };
  response.writeHead(410, headers).end('{"message":"Gone"}');
}
