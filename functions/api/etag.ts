import { createHash } from "node:crypto";
import type { HttpRequest, HttpResponse } from "./http.ts";

/**
 * The answer with a strong validator of its body, or 304 where the caller has that body (RFC 9110, section 13.1.2): a
 * list, `*`, and weak forms, which compare as strong ones here.
 */
export function withETag(request: HttpRequest, response: HttpResponse): HttpResponse {
  const etag = `"${createHash("sha256").update(response.body).digest().subarray(0, 16).toString("base64url")}"`;
  const headers: HttpResponse["headers"] = { ...response.headers, etag };
  const known = request.headers["if-none-match"] ?? "";
  const hasIt = known.trim() === "*" || known.match(/"[^"]*"/g)?.includes(etag);
  if (!hasIt) return { ...response, headers };
  const { "content-type": _, ...kept } = headers;
  return { status: 304, headers: kept, body: "" };
}
