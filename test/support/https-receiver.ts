import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { close, listen } from "./loopback.ts";

/**
 * Made by openssl for a hundred years: a CA whose key is gone, and a certificate of hooks.example.com, localhost and
 * 127.0.0.1 with its key, which is worth nothing elsewhere.
 */
const read = (name: string) => readFileSync(fileURLToPath(new URL(`tls/${name}`, import.meta.url)), "utf8");

/** What a client trusts in order to talk to a receiver. */
export const receiverCa = read("ca.pem");

export interface ReceivedPost {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** The name that TLS was asked for. */
  readonly servername: string | undefined;
}

export interface Receiver {
  readonly port: number;
  readonly received: readonly ReceivedPost[];
  /** Connections that were ever made. */
  readonly connections: number;
  stop(): Promise<void>;
}

export type Answer = (response: ServerResponse, post: ReceivedPost, index: number) => void;

/** A receiver of webhooks on loopback, on a free port unless one is given. By default it answers 204. */
export async function startReceiver(
  answer: Answer = (response) => void response.writeHead(204).end(),
  { secure = true, port: wanted = 0 }: { readonly secure?: boolean; readonly port?: number } = {},
): Promise<Receiver> {
  const received: ReceivedPost[] = [];
  let connections = 0;
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { servername } = request.socket as Partial<TLSSocket>;
      const { method = "", url: path = "", headers } = request;
      const body = Buffer.concat(chunks).toString();
      const post = { method, path, headers, body, servername: servername || undefined };
      received.push(post);
      answer(response, post, received.length - 1);
    });
  };
  const server = secure
    ? createServer({ cert: read("server.pem"), key: read("server-key.pem") }, onRequest)
    : createHttpServer(onRequest);
  server.on("connection", () => connections++);
  const port = await listen(server, wanted);
  return {
    port,
    received,
    get connections() {
      return connections;
    },
    stop: () => close(server),
  };
}
