import { clientKey } from "./client-key.ts";
import type { HttpRequest } from "./http.ts";

export interface ClientThrottleOptions {
  /** Requests a second of one client in the long run. */
  readonly ratePerSecond: number;
  /** Milliseconds. Default the system's clock. */
  readonly now?: () => number;
  /** Of how many clients at once something is known. Default 10 000: about 1 MB. */
  readonly mostClients?: number;
}

/** Seconds until the client may come again; undefined where it may pass. */
export type ClientThrottle = (request: Pick<HttpRequest, "method" | "source">) => number | undefined;

/** How many seconds' worth of requests a client that was quiet may send at once: a page with its files, and a sign-up. */
const burstSeconds = 5;
/** What starts work costs ten writes and an email, reading costs half a read. */
const costOfStarting = 5;

/**
 * A token bucket for each client, by the address that the server saw, never by a header that the client writes. It is
 * kept in memory and so by each instance of a function for itself: what that can't do stands in decision 33.
 *
 * Of a bucket only the time is kept at which it is full again (GCRA), so that a full one needs no memory at all. Where there
 * are too many clients, the one that was seen the longest ago is forgotten: its bucket is full again.
 */
export function createClientThrottle({
  ratePerSecond,
  now = Date.now,
  mostClients = 10_000,
}: ClientThrottleOptions): ClientThrottle {
  const msPerToken = 1000 / ratePerSecond;
  // One request that starts work must get through at any rate.
  const burst = Math.max(burstSeconds * ratePerSecond, costOfStarting) * msPerToken;
  /** By client, the time at which its bucket is full again, in the order of their last requests. */
  const fullAt = new Map<string, number>();

  return ({ method, source = "unknown" }) => {
    const client = clientKey(source);
    const time = now();
    const full = Math.max(fullAt.get(client) ?? time, time) + costOf(method) * msPerToken;
    const wait = full - time - burst;
    if (wait > 0) return Math.ceil(wait / 1000);
    fullAt.delete(client);
    fullAt.set(client, full);
    if (fullAt.size > mostClients) fullAt.delete(fullAt.keys().next().value ?? client);
    return undefined;
  };
}

function costOf(method: string): number {
  return method === "POST" ? costOfStarting : 1;
}
