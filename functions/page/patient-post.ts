import { createBackoff, type Network, pause } from "./patience.ts";
import { parseJson } from "./watched-flow.ts";

/** Why a request hasn't been answered yet, and in how many seconds it is tried again. */
export interface Waiting {
  readonly why: "offline" | "unreachable" | "busy";
  readonly seconds: number;
}

/** How a request is tried again. */
export interface Patience {
  readonly network: Network;
  /** Told before each wait. */
  readonly waiting: (waiting: Waiting) => void;
  /** Ends the tries. Default never. */
  readonly signal?: AbortSignal | undefined;
}

export interface PostRequest {
  /** Relative to the page: API Gateway may serve it below a stage. */
  readonly url: string;
  readonly json: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface PostAnswer {
  readonly status: number;
  /** Undefined where it isn't JSON. */
  readonly body: unknown;
}

/** An answer that takes longer is given up: API Gateway waits for 30 s. */
const answerMs = 35_000;
/** The first wait without a `Retry-After`, doubling, and the longest. */
const waits = { retryMs: 1000, mostRetryMs: 30_000 };

/** What passes by itself: too many requests, and what a gateway says while the service is out of reach. */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Posts JSON, and tries again what isn't answered or will pass, for as long as it takes: after the `Retry-After` of an
 * answer, after a growing wait without one, and at once when the network is back. So the request must bear to arrive twice.
 * @throws Error where the signal aborts.
 */
export async function postPatiently(request: PostRequest, patience: Patience): Promise<PostAnswer> {
  const wait = createWaits(patience);
  for (;;) {
    const response = await post(request, patience.signal);
    patience.signal?.throwIfAborted();
    const body = response ? parseJson(await response.text().catch(() => "")) : undefined;
    if (response && !passing.has(response.status)) return { status: response.status, body };
    await wait(response && { retryAfter: response.headers.get("retry-after") });
  }
}

/** Waits that grow, each of them told; what an answer says of its own is the least. */
export function createWaits({ network, waiting, signal = never }: Patience) {
  const backoff = createBackoff(waits);
  return async (answer: { readonly retryAfter: string | null } | undefined): Promise<void> => {
    const least = Number(answer?.retryAfter ?? 0) * 1000;
    const milliseconds = Math.max(Number.isFinite(least) ? least : 0, backoff.next());
    const why = answer ? "busy" : network.onLine ? "unreachable" : "offline";
    waiting({ why, seconds: Math.ceil(milliseconds / 1000) });
    await pause(milliseconds, network, signal);
    signal.throwIfAborted();
  };
}

const never = new AbortController().signal;

async function post(
  { url, json, headers = {} }: PostRequest,
  signal: AbortSignal = never,
): Promise<Response | undefined> {
  try {
    return await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(json),
      credentials: "omit",
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    });
  } catch {
    return undefined;
  }
}
