import { describe, expect, test } from "@jest/globals";
import { createApiFixture, json, refusalOf } from "../support/api-fixture.ts";

describe("a request for what isn't there", () => {
  test.each([
    "",
    "*",
    "/sign-ups/",
    "//sign-ups",
    "/SIGN-UPS",
    "/flows",
    "/flows/",
    "/flows/a/files/b",
    "/%zz",
    "/../health",
  ])("is answered 404: %j", async (path) => {
    for (const method of ["GET", "POST", "DELETE", "OPTIONS"]) {
      const { response, problem } = await refusalOf({ method, path });
      expect([response.status, problem.type]).toEqual([404, "/problems/not-found"]);
    }
  });

  test.each([
    ["GET", "/sign-ups", "POST, OPTIONS"],
    ["HEAD", "/sign-ups", "POST, OPTIONS"],
    ["POST", "/flows/x", "GET, HEAD, OPTIONS"],
    ["DELETE", "/flows/x/files/y/z", "GET, HEAD, OPTIONS"],
    ["PUT", "/health", "GET, HEAD, OPTIONS"],
    ["get", "/health", "GET, HEAD, OPTIONS"],
    ["constructor", "/openapi.json", "GET, HEAD, OPTIONS"],
  ])("is answered 405 with the methods that there are: %s %s", async (method, path, allow) => {
    const { call } = createApiFixture();
    const response = await call({ method, path });
    expect(response).toMatchObject({ status: 405, headers: { allow } });
    expect(await call({ method: "OPTIONS", path })).toMatchObject({
      status: 204,
      headers: { allow },
      body: "",
    });
  });
});

test("HEAD is answered as GET is, without the body", async () => {
  const { call } = createApiFixture();
  const get = await call({ path: "/health" });
  expect(json(get)).toEqual({ status: "ok" });
  expect(await call({ method: "HEAD", path: "/health" })).toEqual({ ...get, body: "" });
});

test("a fault of ours is answered 500 and noted, and neither tells what was said", async () => {
  const { call, signUp, table, failures } = createApiFixture();
  const { flow, token } = await signUp();
  const record = (await table.get([flow.id])).get(flow.id);
  if (!record) throw new Error("the flow was not recorded");
  const job = { status: "succeeded", run: 0, attempts: 1, result: "secret, and no JSON" } as const;
  await table.put({ ...record, jobs: { "render-receipt": job } }, { path: ["id"], exists: true });
  const response = await call({ path: `/flows/${flow.id}`, headers: { authorization: `Bearer ${token}` } });
  expect(response.status).toBe(500);
  expect(json(response)).toMatchObject({ type: "/problems/internal-error" });
  expect(failures).toMatchObject([{ status: "500", reason: expect.stringMatching(/^GET: SyntaxError at /) }]);
  expect(JSON.stringify([response, failures])).not.toContain("secret");
});
