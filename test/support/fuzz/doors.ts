import { once } from "node:events";
import * as http from "node:http";
import { connect } from "node:net";
import type { HttpHandler, HttpResponse } from "../../../functions/api/http.ts";
import { httpFunction, type LambdaHttpEvent } from "../../../functions/api/lambda-http.ts";
import { asRequest } from "../api-fixture.ts";
import type { FuzzedRequest } from "./requests.ts";

/** What came of a request: `request` is what was really sent, since not every door lets everything through. */
export interface Answered {
  readonly request: { readonly method: string; readonly path: string };
  readonly answer: HttpResponse;
}

export type Door = (request: FuzzedRequest) => Promise<Answered>;

/** The API itself, and its Lambda function under both formats of event. */
export function handlerDoors(api: HttpHandler): readonly (readonly [string, Door])[] {
  const lambda = httpFunction(async () => api);
  const invoke = async (event: object): Promise<HttpResponse> => {
    const { statusCode, headers = {}, body = "", isBase64Encoded } = await lambda(event as LambdaHttpEvent);
    const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    return {
      status: Number(statusCode),
      headers: texts,
      body: isBase64Encoded ? Buffer.from(body, "base64") : body,
    };
  };
  return [
    [
      "plain",
      async (request) => ({ request, answer: await api({ ...asRequest(request), query: request.query }) }),
    ],
    [
      "format 1.0",
      async (request) => {
        const { method, path, headers } = request;
        const event = { ...bodyOf(request), httpMethod: method, path, headers };
        return seen(request, await invoke(event));
      },
    ],
    [
      "format 2.0",
      async (request) => {
        const { method, path, query, headers } = request;
        const requestContext = { stage: "$default", http: { method, path } };
        const event = { ...bodyOf(request), rawPath: path, rawQueryString: query, headers, requestContext };
        return seen(request, await invoke(event));
      },
    ],
  ];
}

/** API Gateway's paths come decoded in part: what the function makes of one is another spelling of it. */
function seen({ method, path }: FuzzedRequest, answer: HttpResponse): Answered {
  return { request: { method, path }, answer };
}

function bodyOf({ body }: FuzzedRequest) {
  if (typeof body === "string") return { body, isBase64Encoded: false };
  return { body: Buffer.from(body).toString("base64"), isBase64Encoded: true };
}

/** A server on loopback. What Node's client can't send is left out or encoded. */
export function httpDoor(port: number) {
  const agent = new http.Agent({ keepAlive: true });
  const door: Door = async (request) => {
    const method =
      http.METHODS.includes(request.method) && request.method !== "CONNECT" ? request.method : "GET";
    const target = encoded(`${request.path}${request.query && `?${request.query}`}`);
    const length = Buffer.byteLength(request.body);
    const stated = length > 0 ? { "content-length": String(length) } : {};
    const headers = { ...sendable(request.headers), ...stated };
    const options = { ...{ port, host: "127.0.0.1", agent }, ...{ method, path: target, headers } };
    const outgoing = http.request(options);
    outgoing.end(request.body);
    const [response] = (await once(outgoing, "response")) as [http.IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    const answered = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
    return {
      request: { method, path: target.split("?")[0] ?? "" },
      answer: {
        status: response.statusCode ?? 0,
        headers: Object.fromEntries(answered),
        body: Buffer.concat(chunks).toString(),
      },
    };
  };
  return { door, close: () => agent.destroy() };
}

function encoded(target: string): string {
  const path = target.toWellFormed().replaceAll(/[^\x21-\x7e]/g, encodeURIComponent);
  return path.startsWith("/") ? path : `/${path}`;
}

/** What no header may have is left out with it. */
function sendable(headers: FuzzedRequest["headers"]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).filter(([, value]) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value)),
  );
}

/** What makes a server that has understood all before it hang up. */
const lastRequest = "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/**
 * All that a server says to these bytes and a last request behind them, until it hangs up: at the latest when it has waited long
 * enough for the rest of a request that took in the last one. Half a connection isn't closed, which would cost the answers.
 */
export async function answerToBytes(port: number, bytes: Uint8Array): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("latin1").on("data", (chunk) => (answer += chunk));
  // Reset by a server that reads no further: its answer may have come before.
  socket.on("error", () => {});
  socket.write(Buffer.concat([bytes, Buffer.from(lastRequest)]));
  await once(socket, "close");
  return answer;
}
