import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import {
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  maximumBodyBytes,
} from "../../functions/api/http.ts";
import { problem } from "../../functions/api/problem.ts";
import { withSafeHeaders } from "../../functions/api/safe-headers.ts";
import { limitConcurrency } from "./limit-concurrency.ts";
import { listen } from "./loopback.ts";
import { StartError } from "./start-error.ts";

export interface HttpServer {
  readonly port: number;
  /** Answers with this from now on; requests that came before have waited for it. */
  serve(handler: HttpHandler, streamed?: StreamedRoute): void;
  /** Hands over the connections that ask, on this path, to become WebSockets. */
  upgrades(path: string, take: TakeUpgrade): void;
  /** Takes no more requests, and resolves when those under way are answered, or cut off after five seconds. */
  stop(): Promise<void>;
}

/** A path whose requests may be larger than any that is read as a whole. */
export interface StreamedRoute {
  readonly path: string;
  /** Undefined where the client went away. Rejects by a fault of ours. */
  handle(request: IncomingMessage): Promise<StreamedAnswer | undefined>;
}

export interface StreamedAnswer {
  readonly response: HttpResponse;
  /** Whether the request was read to its end; where not, the connection is closed. */
  readonly complete: boolean;
}

interface Serving {
  readonly handler: HttpHandler;
  readonly streamed: StreamedRoute | undefined;
}

type TakeUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

const stopGraceMs = 5000;

/**
 * Servers, workers and API share one process here, so a thousand sign-ups at once keep it from accepting its own
 * connections, and calls use up their 2 s to connect: 603 were answered 503 without this limit, with more sockets as well.
 */
const mostAtOnce = 40;

/** Of Node's own, in ms and bytes: who sends a byte a second to hold a connection is cut off, and who sends no end of headers. */
export const requestLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // Not Node's every 30 s.
  connectionsCheckingInterval: 2_000,
  maxHeaderSize: 16 * 1024,
};

/**
 * HTTP over `node:http`, on loopback. What isn't HTTP, too slow or has too long headers is answered by Node: a bare 400, 408 or
 * 431, and the connection's end.
 * @throws StartError where the port can't be had.
 */
export async function startHttpServer(port: number, limits = requestLimits): Promise<HttpServer> {
  const serving = Promise.withResolvers<Serving>();
  const upgrades = new Map<string, TakeUpgrade>();
  let stopping = false;
  // Other requests to upgrade are served as if they didn't ask, as RFC 9110 (7.8) leaves it to a server: clients of HTTP/2 ask with their first.
  const shouldUpgradeCallback = (request: IncomingMessage) =>
    request.headers.upgrade?.toLowerCase() === "websocket" && upgrades.has(pathOf(request));
  const options = { joinDuplicateHeaders: true, shouldUpgradeCallback, ...limits };
  const server = createServer(options, async (request, response) => {
    const { handler, streamed } = await serving.promise;
    const answer = isFor(streamed, request)
      ? await streamed.handle(request).catch(incomplete)
      : await answerWhole(handler, request);
    // Gone in the middle of its request: nobody waits for an answer.
    if (!answer) return response.destroy();
    // Node reads no request behind one that asked to upgrade and wasn't: who sent one must not wait for its answer.
    const isLast = stopping || !answer.complete || request.headers.upgrade !== undefined;
    send(response, answer.response, { close: isLast });
  });
  server.on("upgrade", (request, socket, head) => {
    upgrades.get(pathOf(request))?.(request, socket, head);
  });
  return {
    port: await listen(server, port).catch((error: NodeJS.ErrnoException) => refuse(port, error)),
    serve: (api, streamed) => serving.resolve({ handler: limitConcurrency(mostAtOnce, api), streamed }),
    upgrades: (path, take) => void upgrades.set(path, take),
    async stop() {
      stopping = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const timer = setTimeout(() => server.closeAllConnections(), stopGraceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

function pathOf({ url = "" }: IncomingMessage): string {
  return url.split("?")[0] ?? "";
}

function isFor(route: StreamedRoute | undefined, request: IncomingMessage): route is StreamedRoute {
  return route !== undefined && pathOf(request) === route.path;
}

function incomplete(error: unknown): StreamedAnswer {
  return { response: internalError(error), complete: false };
}

async function answerWhole(
  handler: HttpHandler,
  request: IncomingMessage,
): Promise<StreamedAnswer | undefined> {
  const body = await readBody(request);
  if (!body) return undefined;
  const response = await handler(plainRequest(request, body.bytes)).catch(internalError);
  return { response, complete: body.complete };
}

function refuse(port: number, { code, message }: NodeJS.ErrnoException): never {
  const why = code === "EADDRINUSE" ? `Port ${port} is taken` : `Port ${port} can't be used (${message})`;
  throw new StartError(
    `${why}. Choose another: npm start -- --port ${port + 1}, or PORT=${port + 1} npm start`,
  );
}

/** Up to here a body that is too large is read on and thrown away: an answer before its end may never be seen. */
export const mostDiscardedBytes = 16 * 1024 * 1024;

/** The body up to one byte more than any route reads, so that memory is bounded; undefined where the client went away. */
async function readBody(request: IncomingMessage): Promise<{ bytes: Buffer; complete: boolean } | undefined> {
  const chunks: Buffer[] = [];
  let room = maximumBodyBytes + 1;
  let total = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      total += chunk.length;
      if (room > 0) chunks.push(chunk.subarray(0, room));
      room -= chunk.length;
      if (total > mostDiscardedBytes) return { bytes: Buffer.concat(chunks), complete: false };
    }
    return { bytes: Buffer.concat(chunks), complete: true };
  } catch {
    return undefined;
  }
}

function plainRequest(
  { method = "GET", url = "/", headers, socket: { remoteAddress } }: IncomingMessage,
  body: Uint8Array,
): HttpRequest {
  const [path = "/", ...query] = url.split("?");
  const texts = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return [];
    return [[name, typeof value === "string" ? value : value.join(", ")]];
  });
  const source = remoteAddress === undefined ? {} : { source: remoteAddress };
  return { method, path, query: query.join("?"), headers: Object.fromEntries(texts), body, ...source };
}

function internalError(error: unknown): HttpResponse {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return withSafeHeaders({}, problem("internal-error", "The terminal of the service says more."));
}

function send(
  response: ServerResponse,
  { status, headers, body }: HttpResponse,
  { close }: { close: boolean },
): void {
  if (response.destroyed) return;
  response.writeHead(status, {
    ...headers,
    ...(status === 204 || status === 304 || response.req.method === "HEAD"
      ? {}
      : { "content-length": Buffer.byteLength(body) }),
    ...(close ? { connection: "close" } : {}),
  });
  response.end(body);
}
