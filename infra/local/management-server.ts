import { createServer, type IncomingMessage } from "node:http";
import type { PushConnection } from "../../functions/socket/push-connection.ts";
import { listen, loopback } from "./loopback.ts";

export interface ManagementServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * API Gateway's management API over connections that are kept here, on a loopback port of its own: workers push by it as they do on
 * AWS, from whatever process they run in. It serves no browser, and whatever it is sent leaves the run alive.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export async function startManagementServer(connections: PushConnection): Promise<ManagementServer> {
  const server = createServer(async (request, response) => {
    const { status, headers = {}, body } = await answer(connections, request).catch(internalError);
    response.writeHead(status, headers).end(body);
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

async function answer(connections: PushConnection, request: IncomingMessage): Promise<Answer> {
  if (!isWorker(request)) return { status: 403 };
  const connection = connectionOf(request);
  const text = await readText(request);
  if (connection === undefined || text === undefined) return { status: 400 };
  if (request.method === "POST") return (await connections.post(connection, text)) ? { status: 200 } : gone;
  if (request.method !== "DELETE") return { status: 405 };
  await connections.close(connection);
  return { status: 204 };
}

/**
 * Any page may have its browser post to a port of this machine. The browser then says whose page it is, or, where that page's name was
 * made to resolve to 127.0.0.1 (DNS rebinding), that name as the host. Workers say no origin, and the address.
 */
function isWorker({ headers, socket }: IncomingMessage): boolean {
  return headers.origin === undefined && headers.host === `${loopback}:${socket.localPort}`;
}

/** Undefined where the path names none. */
function connectionOf({ url = "" }: IncomingMessage): string | undefined {
  const [, id] = /^\/@connections\/([^/?]+)$/.exec(url) ?? [];
  try {
    return id && decodeURIComponent(id);
  } catch {
    return undefined;
  }
}

/** Undefined where the client went away in the middle. */
async function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  } catch {
    return undefined;
  }
}

const gone: Answer = {
  status: 410,
  headers: { "content-type": "application/json", "x-amzn-errortype": "GoneException" },
  body: '{"message":"Gone"}',
};

function internalError(error: unknown): Answer {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return { status: 500 };
}
