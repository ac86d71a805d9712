import type { IncomingHttpHeaders } from "node:http";
import { afterAll, expect } from "@jest/globals";
import { openSession } from "./session.ts";
import { testShowing } from "./target.ts";
import { allowedOrigin } from "./targets.ts";

const session = openSession();
afterAll(() => session.end());

/** What looks like the allowed one, but for a letter. */
const otherOrigin = allowedOrigin.replace("https:", "http:");

const grants = (headers: IncomingHttpHeaders) =>
  Object.keys(headers).filter((name) => name.startsWith("access-control-"));

/** Each item of a header that is a list. */
const items = (value: string | string[] | undefined) => String(value).toLowerCase().split(/, */);

testShowing(
  "cors",
  "a page of an allowed origin may read answers and refusals, and no cache mixes them up",
  async () => {
    for (const [path, expected] of [
      ["/health", 200],
      [`/flows/${"0".repeat(26)}`, 401],
    ] as const) {
      const { status, headers } = await session.call(path, { headers: { origin: allowedOrigin } });
      expect([status, headers["access-control-allow-origin"]]).toEqual([expected, allowedOrigin]);
      expect(items(headers["access-control-expose-headers"])).toEqual(
        expect.arrayContaining(["etag", "location", "retry-after"]),
      );
      expect(headers).not.toHaveProperty("access-control-allow-credentials");
      expect(items(headers.vary)).toContain("origin");
    }
  },
);

testShowing(
  "cors",
  "a page of another origin may read nothing, and a request without one is told nothing",
  async () => {
    for (const headers of [{ origin: otherOrigin }, { origin: "null" }, {}]) {
      const answer = await session.call("/health", { headers });
      expect([answer.status, grants(answer.headers)]).toEqual([200, []]);
      expect(items(answer.headers.vary)).toContain("origin");
    }
  },
);

testShowing(
  "preflights",
  "a browser that asks before a request is told what it may send, to an allowed origin's page alone",
  async () => {
    const ask = (origin: string) =>
      session.call("/sign-ups", {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": "POST",
          "access-control-request-headers": "content-type,idempotency-key",
        },
      });
    const { status, headers } = await ask(allowedOrigin);
    expect([status, headers["access-control-allow-origin"]]).toEqual([204, allowedOrigin]);
    expect(items(headers["access-control-allow-methods"])).toContain("post");
    expect(items(headers["access-control-allow-headers"])).toEqual(
      expect.arrayContaining(["content-type", "idempotency-key", "authorization"]),
    );
    const refused = await ask(otherOrigin);
    expect([refused.status, grants(refused.headers)]).toEqual([204, []]);
  },
);
