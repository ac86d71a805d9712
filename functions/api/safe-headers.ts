import type { HttpRequest, HttpResponse } from "./http.ts";

/** On every answer: it is what it says, nobody frames, embeds or keeps it, and the URL that it has in hand stays here. */
const always = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

/** Two years, as https://hstspreload.org asks. Not for subdomains: what else is under a user's domain isn't known here. */
const overTls = { "strict-transport-security": "max-age=63072000" } as const;

/**
 * The answer with the headers that keep it safe in a browser. What a route sets itself stays: a page has a policy of its
 * own, a status may be kept. Over plain HTTP there is no HSTS, which RFC 6797 (section 7.2) forbids there.
 */
export function withSafeHeaders({ https = false }: Pick<HttpRequest, "https">, response: HttpResponse) {
  return { ...response, headers: { ...always, ...(https ? overTls : {}), ...response.headers } };
}
