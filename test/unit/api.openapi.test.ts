import { describe, expect, test } from "@jest/globals";
import { Validator } from "@seriousme/openapi-schema-validator";
import { parse } from "valibot";
import { createRoutes } from "../../functions/api/api.ts";
import type { HttpResponse } from "../../functions/api/http.ts";
import { problemKinds } from "../../functions/api/problem.ts";
import { signUpInput } from "../../functions/sign-up.ts";
import {
  avatar,
  bearer,
  type Call,
  createApiFixture,
  setJobs,
  signUpCall,
  uploadCall,
  zoe,
} from "../support/api-fixture.ts";
import { checkerOf, conformanceOf } from "../support/conformance.ts";
import { readOpenApi } from "../support/openapi.ts";

describe("the OpenAPI document", () => {
  test("keeps the rules of OpenAPI 3.1", async () => {
    const result = await new Validator().validate(
      (await readOpenApi()) as unknown as Record<string, unknown>,
    );
    expect(result).toEqual({ valid: true });
    expect(await readOpenApi()).toMatchObject({ openapi: expect.stringMatching(/^3\.1\./) });
  });

  test("has every route, and no other", async () => {
    const { paths } = await readOpenApi();
    const documented = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const unused = () => {
      throw new Error("no port is needed to list the routes");
    };
    const ports = new Proxy({}, { get: unused }) as Parameters<typeof createRoutes>[0];
    expect(documented).toEqual(createRoutes(ports).map(({ method, pattern }) => `${method} ${pattern}`));
  });

  test("asks for a token where the API does", async () => {
    const { call } = createApiFixture();
    for (const [path, operations] of Object.entries((await readOpenApi()).paths)) {
      for (const [method, { security = [] }] of Object.entries(operations)) {
        const { status } = await call({ method: method.toUpperCase(), path });
        expect([path, status === 401]).toEqual([path, security.length > 0]);
      }
    }
  });

  test("names every type of problem that goes with an operation, under its status", async () => {
    const { paths } = await readOpenApi();
    const documented = Object.values(paths).flatMap((operations) =>
      Object.values(operations).flatMap(({ responses }) => Object.keys(responses)),
    );
    // 405 is no operation's answer: it says that there is none.
    const statuses = Object.values(problemKinds).map(({ status }) => String(status));
    expect(documented).toEqual(expect.arrayContaining(statuses.filter((status) => status !== "405")));
  });
});

test("the JSON Schema of a sign-up takes and refuses what the API takes and refuses", async () => {
  const document = await readOpenApi();
  const check = checkerOf(document);
  const { SignUp } = document.components.schemas;
  const { call } = createApiFixture();
  const samples: readonly [unknown, boolean][] = [
    [zoe, true],
    [{ ...zoe, plan: "pro", locale: "de", bio: "" }, true],
    [{ ...zoe, name: "🦊".repeat(200) }, true],
    [{ ...zoe, name: "🦊".repeat(201) }, false],
    [{ ...zoe, name: "" }, false],
    [{ ...zoe, plan: "gold" }, false],
    [{ ...zoe, emial: "" }, false],
    [{ ...zoe, email: "zoe@localhost" }, false],
    [{ name: "Zoë" }, false],
    [{ ...zoe, notify: { webhook: "https://example.com/errand" } }, true],
    [{ ...zoe, notify: { webhook: "http://example.com/errand" } }, false],
    [{ ...zoe, notify: { webhook: `https://example.com/${"x".repeat(500)}` } }, false],
    [{ ...zoe, notify: { webhook: "https://example.com/", mail: "zoe@example.com" } }, false],
    [{ ...zoe, notify: {} }, false],
    [{ ...zoe, notify: null }, false],
    [{ ...zoe, avatar: "06afxg7d5s5qybzc1r1q6m8k2w".toUpperCase() }, false],
    [{ ...zoe, avatar: null }, false],
    [null, false],
  ];
  for (const [body, accepted] of samples) {
    expect([body, check(SignUp, body).length === 0]).toEqual([body, accepted]);
    expect([body, (await call(signUpCall(body))).status]).toEqual([body, accepted ? 202 : 422]);
  }
  expect(SignUp).toMatchObject({ properties: { plan: { default: parse(signUpInput, zoe).plan } } });
});

test("the JSON Schema of an upload takes and refuses what the API takes and refuses", async () => {
  const document = await readOpenApi();
  const check = checkerOf(document);
  const { Upload = {} } = document.components.schemas;
  const { call } = createApiFixture();
  const samples: readonly [unknown, boolean][] = [
    [avatar, true],
    [{ ...avatar, size: 10_485_760 }, true],
    [{ ...avatar, size: 10_485_761 }, false],
    [{ ...avatar, size: 0 }, false],
    [{ ...avatar, size: 1.5 }, false],
    [{ ...avatar, size: "1" }, false],
    [{ ...avatar, type: "image/svg+xml" }, false],
    [{ ...avatar, kind: "invoice" }, false],
    [{ ...avatar, name: "me.png" }, false],
    [null, false],
  ];
  for (const [body, accepted] of samples) {
    expect([body, check(Upload, body).length === 0]).toEqual([body, accepted]);
    expect([body, (await call(uploadCall(body))).status]).toEqual([body, accepted ? 201 : 422]);
  }
});

/** Of each operation, that to a client that has sent too much. */
async function throttledAnswers(): Promise<readonly (readonly [string, string, HttpResponse])[]> {
  const { paths } = await readOpenApi();
  const { call } = createApiFixture({ clientRatePerSecond: 0.001 });
  await call(signUpCall(zoe));
  const answers = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map(
      async (method) => [method, path, await call({ method: method.toUpperCase(), path })] as const,
    ),
  );
  return Promise.all(answers);
}

describe("every real answer", () => {
  const key = { "idempotency-key": "6a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9" };
  const succeeded = { status: "succeeded", attempts: 1, startedAt: 1_000, finishedAt: 2_000 } as const;

  /** A call to each operation with each outcome that a caller can bring about. */
  async function answers(): Promise<readonly (readonly [string, string, HttpResponse])[]> {
    const fixture = createApiFixture();
    const { flow, token } = await fixture.signUp(zoe, key);
    const told = await fixture.signUp({ ...zoe, notify: { webhook: "https://hooks.example.com/errand" } });
    const headers = bearer(token);
    const read = { path: `/flows/${flow.id}`, headers };
    const file = { path: `${read.path}/files/render-receipt/receipt.pdf`, headers };
    const answer = async (operation: string, call: Call) => {
      const [method = "", path = ""] = operation.split(" ");
      return [method, path, await fixture.call(call)] as const;
    };
    const start = (call: Call) => answer("post /sign-ups", call);
    const offer = (call: Call) => answer("post /uploads", call);
    const status = (call: Call) => answer("get /flows/{flow}", call);
    const page = (call: Partial<Call> = {}) => answer("get /", { path: "/", ...call });
    const asset = (call: Partial<Call> = {}) =>
      answer("get /assets/{asset}", { path: "/assets/main-0.js", ...call });
    const download = (call: Call) => answer("get /flows/{flow}/files/{job}/{file}", call);

    const first = [
      await start(signUpCall(zoe)),
      await start(signUpCall(zoe, key)),
      await start(signUpCall({ ...zoe, name: "Z" }, key)),
      await start(signUpCall({ emial: 1 })),
      await start(signUpCall("{")),
      await start(signUpCall('{"a":1,"a":1}')),
      await start(signUpCall(zoe, { "content-type": "text/plain" })),
      await start(signUpCall(Buffer.alloc(2_000_000, " "))),
      await start(signUpCall({ ...zoe, avatar: "06afxg7d5s5qybzc1r1q6m8k2w" })),
      await offer(uploadCall(avatar)),
      await offer(uploadCall({ ...avatar, size: -1 })),
      await offer(uploadCall("{")),
      await offer({ ...uploadCall(avatar), headers: { "content-type": "image/png" } }),
      await offer(uploadCall(Buffer.alloc(2_000_000, " "))),
      await status(read),
      await status({ path: `/flows/${told.flow.id}`, headers: bearer(told.token) }),
      await status({ ...read, headers: { ...headers, "if-none-match": "*" } }),
      await status({ ...read, headers: {} }),
      await status({ ...read, headers: bearer("x") }),
      await download(file),
      await download({ ...file, headers: {} }),
      await page(),
      await page({ headers: { "if-none-match": "*" } }),
      await asset(),
      await asset({ headers: { "if-none-match": "*" } }),
      await asset({ path: "/assets/main.js" }),
      await answer("get /health", { path: "/health" }),
      await answer("get /openapi.json", { path: "/openapi.json" }),
    ];
    await setJobs(fixture, flow.id, {
      "send-welcome-email": { ...succeeded, status: "failed", error: "the mailbox doesn't exist" },
      "create-profile": { status: "retrying", attempts: 2, due: 5_000, startedAt: 1_000, error: "throttled" },
      "render-receipt": { ...succeeded, result: `{"file":"receipt.pdf"}` },
    });
    const later = [await status(read), await download(file), ...(await throttledAnswers())];
    Object.assign(fixture.outOfReach, { ledger: true, uploads: true });
    return [
      ...first,
      ...later,
      await offer(uploadCall(avatar)),
      await start(signUpCall(zoe)),
      await status(read),
      await download(file),
    ];
  }

  test("is of a status, type, schema and headers that the document states", async () => {
    const document = await readOpenApi();
    const conformance = conformanceOf(document);
    const seen = new Set<string>();
    for (const [method, path, response] of await answers()) {
      expect(conformance({ method: method.toUpperCase(), path }, response)).toEqual([]);
      seen.add(`${method} ${path} ${response.status}`);
    }
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { responses }]) =>
        Object.keys(responses).map((status) => `${method} ${path} ${status}`),
      ),
    );
    // Every documented answer was seen, but for faults of ours, which nobody can bring about.
    expect([...seen].sort()).toEqual(documented.filter((answer) => !answer.endsWith(" 500")).sort());
  });
});
