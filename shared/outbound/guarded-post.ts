import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { Agent, request } from "node:https";
import type { LookupFunction } from "node:net";
import { webhookPostSeconds } from "../catalog/queue-settings.ts";
import { InvalidInputError } from "../catalog/violation.ts";
import { type OutboundRules, parseOutboundUrl } from "./outbound-url.ts";
import { refusedRange } from "./refused-addresses.ts";
import { type Address, checkedAddresses, dnsResolve, RefusedAddressError, type Resolve } from "./resolve.ts";

export interface OutboundPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What became of a post. Reasons are ours, without the URL: they may be logged and shown. */
export type PostOutcome =
  | {
      readonly kind: "answered";
      readonly status: number;
      /** The answer's header, as it came. */
      readonly retryAfter?: string;
    }
  /** Nobody there, no TLS, no answer in time. Whether the receiver has it isn't known; not so where it was never `connected`. */
  | { readonly kind: "unanswered"; readonly reason: string; readonly connected: boolean }
  /** Nothing was sent. `range` is that of an address that isn't public: for the log, and not for whoever named the URL. */
  | { readonly kind: "refused"; readonly reason: string; readonly range?: string };

/** Never throws. */
export type Post = (post: OutboundPost) => Promise<PostOutcome>;

export interface GuardedPostOptions extends OutboundRules {
  /** Of the whole post, from the name's resolution to the answer's last byte. Default 15 000. */
  readonly timeoutMs?: number;
  /** Of an answer's body; what comes after is dropped with the connection. Default 64 KiB. */
  readonly maximumBytes?: number;
  /** Certificates to trust instead of the system's. */
  readonly ca?: string;
  /** Default: asks the DNS. */
  readonly resolve?: Resolve;
  /** Why an address may not be reached. Default: unless it is public. For tests, whose servers are all on loopback. */
  readonly refused?: (address: string) => string | undefined;
}

/**
 * Posts to URLs that strangers have named, and so that they can't reach what the service can and they can't: only https to public
 * addresses. A name is resolved once, every answer is checked, and the connection goes to those that were: a second answer of the
 * DNS changes nothing. Redirects are answers like any other.
 */
export function createGuardedPost({
  timeoutMs = webhookPostSeconds * 1000,
  maximumBytes = 64 * 1024,
  ca,
  resolve = dnsResolve,
  refused = refusedRange,
  ...rules
}: GuardedPostOptions = {}): Post {
  const open = createOpener(ca);

  async function attempt(
    { url: text, headers, body }: OutboundPost,
    { signal, onConnected }: Attempted,
  ): Promise<PostOutcome> {
    const url = parseOutboundUrl(text, "url", rules);
    const addresses = await unlessAborted(checkedAddresses(url, { ...rules, resolve, refused }), signal);
    const length = { "content-length": Buffer.byteLength(body) };
    const outgoing = open(url, addresses, { headers: { ...headers, ...length }, signal });
    const connecting = url.protocol === "https:" ? "secureConnect" : "connect";
    // Each has a socket of its own, so none is connected before.
    outgoing.once("socket", (socket) => socket.once(connecting, onConnected));
    const answer = await answerOf(outgoing, body);
    await drained(answer, maximumBytes);
    const retryAfter = answer.headers["retry-after"];
    return {
      kind: "answered",
      status: answer.statusCode ?? 0,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    };
  }

  return (post) => within(timeoutMs, (attempted) => attempt(post, attempted));
}

type Open = (
  url: URL,
  addresses: readonly Address[],
  options: Pick<RequestOptions, "headers" | "signal">,
) => ClientRequest;

/** Begins a post that goes to one of the addresses, whatever the URL's name stands for by then. */
function createOpener(ca: string | undefined): Open {
  // Agents of our own: Node's global ones follow HTTPS_PROXY where NODE_USE_ENV_PROXY is set, and a proxy would resolve the name again.
  // No connection is kept: the next post to that name checks its addresses anew.
  const agents = { "https:": new Agent({ keepAlive: false }), "http:": new HttpAgent({ keepAlive: false }) };
  return (url, addresses, options) => {
    const secure = url.protocol === "https:";
    return (secure ? request : httpRequest)(url, {
      ...options,
      method: "POST",
      agent: agents[secure ? "https:" : "http:"],
      lookup: pinned(addresses),
      // Not left to NODE_TLS_REJECT_UNAUTHORIZED.
      rejectUnauthorized: true,
      ...(ca === undefined ? {} : { ca }),
    });
  };
}

interface Attempted {
  readonly signal: AbortSignal;
  /** To be called when the connection stands. */
  readonly onConnected: () => void;
}

/** Ends an attempt that takes longer. */
async function within(
  timeoutMs: number,
  attempt: (attempted: Attempted) => Promise<PostOutcome>,
): Promise<PostOutcome> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  let connected = false;
  const onConnected = () => {
    connected = true;
  };
  try {
    return await attempt({ signal: deadline.signal, onConnected });
  } catch (error) {
    if (deadline.signal.aborted)
      return { kind: "unanswered", reason: `no answer within ${timeoutMs / 1000} s`, connected };
    return outcomeOf(error, connected);
  } finally {
    clearTimeout(timer);
    // What is left of the connection, also where the answer was longer than anybody reads.
    deadline.abort();
  }
}

/** The connection's own look-up, which can only find what was checked. */
function pinned(addresses: readonly Address[]): LookupFunction {
  return (_name, { all }, callback) => {
    const [first] = addresses;
    if (all) callback(null, [...addresses]);
    else callback(null, first?.address ?? "", first?.family);
  };
}

function answerOf(outgoing: ClientRequest, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once("response", resolve);
    outgoing.on("error", reject);
    // An answer that asks for another protocol ends without a response and without an error.
    outgoing.once("close", () => reject(Object.assign(new Error("closed"), { code: "ECONNRESET" })));
    outgoing.end(body);
  });
}

/** Reads an answer to its end, or to where it is longer than anybody reads. */
function drained(answer: IncomingMessage, maximumBytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    answer.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maximumBytes) return;
      resolve();
      answer.destroy();
    });
    answer.once("end", resolve);
    // On, not once: what is destroyed may say so a second time.
    answer.on("error", reject);
    answer.once("close", () => reject(Object.assign(new Error("closed"), { code: "ECONNRESET" })));
  });
}

async function unlessAborted<Value>(value: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  return Promise.race([value, aborted]);
}

function outcomeOf(error: unknown, connected: boolean): PostOutcome {
  if (error instanceof InvalidInputError) return { kind: "refused", reason: "a URL that is not allowed" };
  if (error instanceof RefusedAddressError) {
    const { message, range } = error;
    return { kind: "refused", reason: message, ...(range === undefined ? {} : { range }) };
  }
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  // The code and not the message, which may have the name in it, or the receiver's own words.
  const known = typeof code === "string" && /^\w{2,64}$/.test(code) ? code : "unknown error";
  return { kind: "unanswered", reason: `no answer (${known})`, connected };
}
