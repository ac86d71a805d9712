import { describe, expect, test } from "@jest/globals";
import { createApi } from "../../functions/api/api.ts";
import { httpFunction, type LambdaHttpEvent } from "../../functions/api/lambda-http.ts";
import { asRequest, bearer, type Call, createApiFixture, signUpCall, zoe } from "../support/api-fixture.ts";

const safe = {
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};
const nothing = "default-src 'none'; frame-ancestors 'none'";

/** A call for each status that the API has, and what a cache may do with its answer. */
async function answers() {
  const fixture = createApiFixture();
  const { flow, token } = await fixture.signUp(zoe);
  const read = { path: `/flows/${flow.id}`, headers: bearer(token) };
  const calls: readonly (readonly [number, Call, string])[] = [
    [202, signUpCall(zoe), "no-store"],
    [400, signUpCall("{"), "no-store"],
    [415, { ...signUpCall(zoe), headers: {} }, "no-store"],
    [422, signUpCall({}), "no-store"],
    [200, read, "private, no-cache"],
    [304, { ...read, headers: { ...read.headers, "if-none-match": "*" } }, "private, no-cache"],
    [401, { path: read.path }, "no-store"],
    [404, { ...read, headers: bearer("x") }, "no-store"],
    [404, { path: "/nowhere" }, "no-store"],
    [405, { method: "DELETE", path: "/sign-ups" }, "no-store"],
    [204, { method: "OPTIONS", path: "/sign-ups" }, "no-store"],
    [200, { path: "/openapi.json" }, "no-store"],
    [200, { path: "/health" }, "no-store"],
  ];
  const seen = [];
  for (const [status, call, cache] of calls) seen.push({ status, cache, response: await fixture.call(call) });
  fixture.outOfReach.ledger = true;
  seen.push({ status: 503, cache: "no-store", response: await fixture.call(signUpCall(zoe)) });
  return seen;
}

describe("every answer", () => {
  test("of whatever status has the headers that keep it safe in a browser, and no other policy than none", async () => {
    for (const { status, cache, response } of await answers()) {
      expect([status, response.status]).toEqual([status, status]);
      expect(response.headers).toMatchObject({
        ...safe,
        "content-security-policy": nothing,
        "cache-control": cache,
      });
      expect(
        Object.keys(response.headers).filter((name) => /^access-control|^set-cookie/.test(name)),
      ).toEqual([]);
    }
  });

  test("that is a fault of ours has them too", async () => {
    const log = () => {};
    const broken = { method: "GET", pattern: "/", handle: () => Promise.reject(new Error("no")) } as const;
    const api = createApi({ log } as unknown as Parameters<typeof createApi>[0], [broken]);
    expect(await api(asRequest({ path: "/" }))).toMatchObject({ status: 500, headers: safe });
  });

  test("keeps the policy that a route sets itself", async () => {
    const policy = { "content-security-policy": "default-src 'self'" };
    const page = () => ({ status: 200, headers: policy, body: "" });
    const api = createApi({} as Parameters<typeof createApi>[0], [
      { method: "GET", pattern: "/", handle: page },
    ]);
    expect((await api(asRequest({ path: "/" }))).headers).toMatchObject({ ...safe, ...policy });
  });

  test.each([
    ["1.0", { httpMethod: "GET", path: "/health" }],
    ["2.0", { rawPath: "/health", requestContext: { stage: "$default", http: { method: "GET" } } }],
  ])("is for TLS alone where it came over TLS, by API Gateway's word: format %s", async (_, event) => {
    const handler = httpFunction(async () => createApiFixture().api);
    const hsts = async (headers: object) => {
      const answer = await handler({ ...event, headers } as unknown as LambdaHttpEvent);
      return answer.headers?.["strict-transport-security"];
    };
    expect(await hsts({ "X-Forwarded-Proto": "https" })).toBe("max-age=63072000");
    expect([await hsts({ "x-forwarded-proto": "http" }), await hsts({})]).toEqual([undefined, undefined]);
  });
});
