import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import type { PushConnection } from "../../functions/socket/push-connection.ts";
import { connectionMilliseconds, type SocketHandler } from "../../functions/socket/socket.ts";

/** What API Gateway allows a connection, in ms and bytes: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const gatewayLimits = {
  lifeMs: connectionMilliseconds,
  /** Without a message from either side. */
  idleMs: 10 * 60_000,
  mostMessageBytes: 128 * 1024,
  /** Ours, where API Gateway has a rate of all connections together: a client sends one for each flow that it follows, and one each half minute. */
  messagesPerSecond: 1,
  /** So many at once, where it was silent before. */
  mostMessagesAtOnce: 30,
  /** Of what it was sent and has not taken: who doesn't read must not fill this process's memory. */
  mostUnreadBytes: 1024 * 1024,
  /** How long a client that was told so may take to hang up. */
  hangUpMs: 1000,
  /** Ours: a machine's own run needs no more, and each costs memory. */
  mostConnections: 1000,
};

type Limits = Readonly<typeof gatewayLimits>;

export interface SocketServer extends PushConnection {
  /** Takes an HTTP connection over that asks to become a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Hands messages to this from now on; those that came before have waited for it. */
  serve(handler: SocketHandler): void;
  stop(): Promise<void>;
}

/** WebSockets as API Gateway keeps them: with ids, limits of its own, and a handler that is called with each message. */
export function createSocketServer(changes: Partial<Limits> = {}): SocketServer {
  const limits = { ...gatewayLimits, ...changes };
  const server = new WebSocketServer({ noServer: true, maxPayload: limits.mostMessageBytes });
  const open = new Map<string, Kept>();
  const calls = createCalls();

  server.on("connection", (socket) => {
    const connection = { id: randomBytes(9).toString("base64url"), connectedAt: Date.now() };
    const said = (text: string) => calls.make((handler) => handler.message(connection, text));
    open.set(connection.id, { socket, ...keepWithin(limits, socket, said) });
    socket.on("error", () => socket.terminate());
    socket.on("close", () => {
      open.delete(connection.id);
      calls.make((handler) => handler.closed(connection.id));
    });
  });

  return {
    upgrade(request, socket, head) {
      if (open.size >= limits.mostConnections) return refuseUpgrade(socket, "503 Service Unavailable");
      server.handleUpgrade(request, socket, head, (client) => server.emit("connection", client, request));
    },
    serve: calls.serve,
    async post(id, text) {
      const kept = open.get(id);
      if (kept?.socket.readyState !== WebSocket.OPEN) return false;
      if (kept.socket.bufferedAmount > limits.mostUnreadBytes) {
        kept.socket.terminate();
        return false;
      }
      kept.socket.send(text);
      kept.heard();
      return true;
    },
    async close(id) {
      open.get(id)?.socket.close(1000);
    },
    async stop() {
      for (const { socket } of open.values()) socket.terminate();
      await calls.ended();
      server.close();
    },
  };
}

/** Calls of a handler that may come later, and those that are under way. */
function createCalls() {
  const { promise: handler, resolve: serve } = Promise.withResolvers<SocketHandler>();
  const running = new Set<Promise<void>>();
  return {
    serve,
    make(call: (handler: SocketHandler) => Promise<void>): void {
      const done = handler.then(call).finally(() => running.delete(done));
      running.add(done);
    },
    ended: () => Promise.all(running),
  };
}

interface Kept {
  readonly socket: WebSocket;
  /** There was a message, so it isn't idle. */
  heard(): void;
}

/** Hands on what a connection says, for as long as it keeps to its limits. */
function keepWithin(limits: Limits, socket: WebSocket, said: (text: string) => void): Pick<Kept, "heard"> {
  const { lifeMs, idleMs, hangUpMs } = limits;
  const life = setTimeout(() => socket.close(1001, "Going away"), lifeMs);
  const idle = setTimeout(() => socket.close(1001, "Idle timeout"), idleMs);
  const timers = [life, idle];
  const isWithinRate = createAllowance(limits);

  function take(text?: string): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (isWithinRate()) {
      idle.refresh();
      if (text !== undefined) said(text);
      return;
    }
    socket.close(1008, "Too many messages");
    timers.push(setTimeout(() => socket.terminate(), hangUpMs));
  }

  socket.on("message", (data) => take(String(data)));
  // Each is answered: they count too.
  socket.on("ping", () => take());
  socket.on("close", () => {
    for (const timer of timers) clearTimeout(timer);
  });
  return { heard: () => idle.refresh() };
}

/** Whether one more message may come now: a token bucket. */
function createAllowance({ messagesPerSecond, mostMessagesAtOnce }: Limits): () => boolean {
  let left: number = mostMessagesAtOnce;
  let at = performance.now();
  return () => {
    const now = performance.now();
    left = Math.min(mostMessagesAtOnce, left + ((now - at) * messagesPerSecond) / 1000);
    at = now;
    if (left < 1) return false;
    left--;
    return true;
  };
}

/** Before there is a WebSocket, HTTP says no. The connection is nobody else's any more: its errors are heard here, and its end doesn't wait for the client's. */
export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on("error", () => socket.destroy());
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
