import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface CallOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: string | Uint8Array;
}

/** Calls a server at `base`, which may have a path of its own, over connections that it keeps. */
export function createHttpClient(base: string) {
  const agents = {
    "http:": new http.Agent({ keepAlive: true }),
    "https:": new https.Agent({ keepAlive: true }),
  };
  return {
    /** A path below the base, or a whole URL. Redirects are answers like any other. */
    async call(path: string, options: CallOptions = {}): Promise<Answer> {
      const url = new URL(path.startsWith("/") ? `${base.replace(/\/$/, "")}${path}` : path);
      const { method = "GET", headers = {}, json, body = json && JSON.stringify(json) } = options;
      const type = json === undefined ? {} : { "content-type": "application/json" };
      const send = { method, headers: { ...type, ...headers } };
      const outgoing =
        url.protocol === "https:"
          ? https.request(url, { ...send, agent: agents["https:"] })
          : http.request(url, { ...send, agent: agents["http:"] });
      outgoing.end(body);
      const [response] = (await once(outgoing, "response")) as [http.IncomingMessage];
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) };
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}
