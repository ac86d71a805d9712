import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createApiFixture, signUpCall } from "../support/api-fixture.ts";

describe("whatever is sent", () => {
  const fixture = createApiFixture();
  const status = async (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    (await fixture.call(signUpCall(body, headers))).status;
  const parameters = { seed: 20261122, numRuns: 2_000 };

  test("as bytes is a 4xx", async () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(bytes, async (body) => {
        expect(await status(body)).toBeLessThan(423);
      }),
      parameters,
    );
    expect(fixture.failures).toEqual([]);
  });

  test("as a JSON object near a sign-up is 202 or a 4xx", async () => {
    const text = fc.string({ unit: "binary", maxLength: 30 });
    const surrogates = fc
      .array(fc.integer({ min: 0xd7fe, max: 0xe001 }))
      .map((units) => String.fromCharCode(...units));
    const value = fc.oneof(
      text,
      surrogates,
      fc.emailAddress(),
      fc.jsonValue(),
      fc.constantFrom("free", "pro", "en"),
      fc.record({ webhook: fc.oneof(fc.webUrl(), text) }),
    );
    const name = fc.oneof(
      fc.constantFrom("email", "name", "plan", "locale", "bio", "notify", "avatar", "__proto__"),
      text,
    );
    const members = fc.array(fc.tuple(name, value), { maxLength: 6 });
    const body = members.map(
      (list) =>
        `{${list.map(([key, member]) => `${JSON.stringify(key)}:${JSON.stringify(member)}`).join(",")}}`,
    );
    await fc.assert(
      fc.asyncProperty(body, async (sent) => {
        expect([202, 400, 422]).toContain(await status(sent));
      }),
      parameters,
    );
    expect(fixture.failures).toEqual([]);
  });

  test("as method, path and headers is no 5xx", async () => {
    const method = fc.oneof(fc.constantFrom("GET", "POST", "HEAD", "OPTIONS"), fc.string());
    const segment = fc.oneof(
      fc.constantFrom("flows", "sign-ups", "uploads", "files", "%", "%00", "..", "0".repeat(26)),
      fc.string(),
    );
    const path = fc.array(segment, { maxLength: 6 }).map((segments) => `/${segments.join("/")}`);
    const header = fc.oneof(fc.string(), fc.constantFrom("Bearer abc", "application/json", "*", '"', "W/"));
    const names = ["authorization", "content-type", "content-encoding", "idempotency-key", "if-none-match"];
    const headers = fc.dictionary(fc.constantFrom(...names), header);
    await fc.assert(
      fc.asyncProperty(method, path, headers, fc.string(), async (...request) => {
        const [method, path, headers, body] = request;
        expect((await fixture.call({ method, path, headers, body })).status).toBeLessThan(500);
      }),
      parameters,
    );
    expect(fixture.failures).toEqual([]);
  });
});
