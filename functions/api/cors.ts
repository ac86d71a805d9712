import type { HttpRequest, HttpResponse } from "./http.ts";

/** What a page of another origin may send, and read of an answer, beyond what Fetch always lets it. */
const requestHeaders = "authorization, content-type, idempotency-key, if-none-match";
const exposedHeaders = "ETag, Idempotency-Key, Location, Retry-After";
/** How long a browser may go without asking again, in seconds. Chromium keeps no answer for more than two hours. */
const preflightSeconds = 7200;

/**
 * The answer with what the Fetch standard (https://fetch.spec.whatwg.org/#http-cors-protocol) has a server say to pages
 * of these origins. It is done here and not by API Gateway, so that every target answers alike. Never `*`, and never
 * credentials: a page has the token in hand, and no cookie is read here.
 */
export function withCors(
  origins: readonly string[],
  request: Pick<HttpRequest, "method" | "headers">,
  response: HttpResponse,
): HttpResponse {
  if (origins.length === 0) return response;
  // A cache must not hand the answer for one origin to another, and neither that for none.
  const vary = [response.headers["vary"], "origin"].filter(Boolean).join(", ");
  const origin = request.headers["origin"];
  if (origin === undefined || !origins.includes(origin)) {
    return { ...response, headers: { ...response.headers, vary } };
  }
  const headers = { ...response.headers, vary, "access-control-allow-origin": origin };
  if (!isPreflight(request)) {
    return { ...response, headers: { ...headers, "access-control-expose-headers": exposedHeaders } };
  }
  // What there is no route for has no Allow, and its 404 fails the preflight.
  return {
    ...response,
    headers: {
      ...headers,
      "access-control-allow-methods": response.headers["allow"] ?? "",
      "access-control-allow-headers": requestHeaders,
      "access-control-max-age": String(preflightSeconds),
    },
  };
}

function isPreflight({ method, headers }: Pick<HttpRequest, "method" | "headers">): boolean {
  return method === "OPTIONS" && headers["access-control-request-method"] !== undefined;
}
