import { afterAll, expect, test } from "@jest/globals";
import type { CallOptions } from "../support/http-client.ts";
import { openSession } from "./session.ts";

const session = openSession();
afterAll(() => session.end());

const json = { "content-type": "application/json" };
const zoe = { email: "zoe@example.com", name: "Zoë" };

test.each<[string, CallOptions, number, string]>([
  ["no JSON", { headers: json, body: "{" }, 400, "malformed-request"],
  ["a name twice", { headers: json, body: '{"name":"a","name":"b"}' }, 400, "malformed-request"],
  [
    "a key that is too short",
    { json: zoe, headers: { "idempotency-key": "short" } },
    400,
    "malformed-request",
  ],
  [
    "another content type",
    { headers: { "content-type": "text/plain" }, body: "zoe" },
    415,
    "unsupported-media-type",
  ],
  ["more than 784 KiB", { json: { ...zoe, bio: "x".repeat(900_000) } }, 413, "body-too-large"],
  ["no email", { json: { name: "Zoë" } }, 422, "invalid-input"],
  ["no address", { json: { ...zoe, email: "zoe" } }, 422, "invalid-input"],
  ["a field that there isn't", { json: { ...zoe, nmae: "Zoë" } }, 422, "invalid-input"],
])("%s is refused, with a problem that says so", async (_what, options, status, kind) => {
  const answer = await session.call("/sign-ups", { method: "POST", ...options });
  expect([answer.status, answer.headers["content-type"]]).toEqual([status, "application/problem+json"]);
  expect(JSON.parse(answer.body.toString())).toMatchObject({ status, type: `/problems/${kind}` });
});

test("each broken rule is named: where, what would be right, what was there", async () => {
  const person = { email: "zoe", plan: "gold", nmae: "Zoë" };
  const { body } = await session.call("/sign-ups", { method: "POST", json: person });
  const { errors } = JSON.parse(body.toString()) as { errors: { path: string; rule: string; got: string }[] };
  expect(errors.map(({ path }) => path).sort()).toEqual(["email", "name", "nmae", "plan"]);
  expect(errors).toContainEqual({ path: "plan", rule: '"free" or "pro"', got: '"gold"' });
});
