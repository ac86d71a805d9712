import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import { type Conformance, conformanceOf } from "./conformance.ts";
import { eventually } from "./eventually.ts";
import type { OpenApi } from "./openapi.ts";

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

/**
 * Calls a service at `base`, which may have a path of its own, over connections that it keeps. Each answer of the service is held
 * against the OpenAPI document that it serves itself, and the call rejects where they differ.
 */
export function createHttpClient(base: string) {
  const agents = {
    "http:": new http.Agent({ keepAlive: true }),
    "https:": new https.Agent({ keepAlive: true }),
  };
  const root = base.replace(/\/$/, "");
  const conform = createConformanceCheck(() => exchange(agents, `${root}/openapi.json`, {}));
  return {
    /**
     * A path below the base, or a whole URL. Redirects are answers like any other.
     * @throws Error in the form `<method> <path> <status>: <where>: <rule>, got <value>` where the document says otherwise.
     */
    async call(path: string, options: CallOptions = {}): Promise<Answer> {
      const url = path.startsWith("/") ? `${root}${path}` : path;
      const answer = await exchange(agents, url, options);
      if (url.startsWith(`${root}/`)) await conform(url.slice(root.length), options, answer);
      return answer;
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

type Agents = Readonly<{ "http:": http.Agent; "https:": https.Agent }>;

async function exchange(agents: Agents, target: string, options: CallOptions): Promise<Answer> {
  const url = new URL(target);
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
}

/** The document is asked for once, when the first answer is there to be held against it. */
function createConformanceCheck(readDocument: () => Promise<Answer>) {
  let reading: Promise<Conformance> | undefined;

  async function read(): Promise<Conformance> {
    const { body } = await eventually(async () => {
      const answer = await readDocument();
      if (answer.status === 200) return answer;
      if (busy.includes(answer.status)) return undefined;
      throw new Error(`GET /openapi.json: 200, got ${answer.status}`);
    });
    return conformanceOf(JSON.parse(body.toString()) as OpenApi);
  }

  return async (target: string, { method = "GET" }: CallOptions, answer: Answer): Promise<void> => {
    const [path = ""] = target.split("?");
    if (isOfTheStandIns(path) || isOfAGateway(answer)) return;
    reading ??= read().catch((error: unknown) => {
      // Killed meanwhile, it may be started again.
      reading = undefined;
      throw error;
    });
    const { status, headers, body } = answer;
    const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    const faults = (await reading)({ method, path }, { status, headers: texts, body });
    if (faults.length > 0) throw new Error(faults.join("\n"));
  };
}

/** What the embedded run answers beside the service: mails, files, queues, and what S3 says of an upload. */
function isOfTheStandIns(path: string): boolean {
  return path.startsWith("/_local/");
}

/** Of who can't answer now: the service, or a gateway before it. */
const busy: readonly number[] = [429, 502, 503, 504];

/** The service's own refusals are problems; a gateway that throttles or has no function's answer has other words. */
function isOfAGateway({ status, headers }: Answer): boolean {
  return busy.includes(status) && headers["content-type"] !== "application/problem+json";
}
