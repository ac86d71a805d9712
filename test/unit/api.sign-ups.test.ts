import { describe, expect, test } from "@jest/globals";
import { flowIdOfKey } from "../../shared/flow/ids.ts";
import { isFlowId } from "../../shared/index.ts";
import { bearer, createApiFixture, json, refusalOf, signUpCall, zoe } from "../support/api-fixture.ts";

const key = "6a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";

describe("a sign-up", () => {
  test("is answered 202 with the flow, where it is and a token that opens it", async () => {
    const { signUp, call, sent, counts } = createApiFixture();
    const { response, flow, token } = await signUp();
    expect(response.status).toBe(202);
    expect(response.headers).toMatchObject({
      location: `/flows/${flow.id}`,
      "content-type": "application/json",
      "cache-control": "no-store",
    });
    expect(isFlowId(flow.id)).toBe(true);
    expect(flow).toMatchObject({
      name: "sign-up",
      status: "running",
      jobs: ["send-welcome-email", "create-profile", "render-receipt"].map((job) => ({
        id: `${flow.id}.${job}`,
        job,
        status: "queued",
      })),
    });
    expect({ sent: sent.length, ...counts }).toEqual({ sent: 1, recorded: 1, reads: 0 });
    const status = await call({ path: `/flows/${flow.id}`, headers: bearer(token) });
    expect(json(status)).toEqual(flow);
  });

  test("may state each field, and its type in any spelling of JSON in UTF-8", async () => {
    const { signUp } = createApiFixture();
    const body = { ...zoe, plan: "pro", locale: "pt-BR", bio: "One\n\ttwo\r\nthree 🦊" };
    for (const type of [
      "application/json; charset=utf-8",
      'APPLICATION/JSON;Charset="UTF-8"',
      "application/vnd.x+json",
    ]) {
      expect((await signUp(body, { "content-type": type })).response.status).toBe(202);
    }
  });

  test("may begin with a byte order mark", async () => {
    const { signUp } = createApiFixture();
    expect((await signUp(`\ufeff${JSON.stringify(zoe)}`)).response.status).toBe(202);
  });

  test("may have quotes, backslashes and brackets in its texts", async () => {
    const { signUp } = createApiFixture();
    const bio = `${'{"a":[\\'.repeat(40)}\\\\"`;
    expect((await signUp({ ...zoe, bio })).response.status).toBe(202);
  });

  test("may carry 256 KiB of a bio that is all escapes, which no message has to carry", async () => {
    const { signUp, sent } = createApiFixture();
    const bio = "я".repeat(128 * 1024);
    const body = `{"email":"a@example.com","name":"A","bio":"${"\\u044f".repeat(bio.length)}"}`;
    expect(Buffer.byteLength(body)).toBeGreaterThan(3 * 256 * 1024);
    expect((await signUp(body)).response.status).toBe(202);
    expect(sent[0]?.body.length).toBeLessThan(1024);
  });
});

describe("a sign-up with an idempotency key", () => {
  test("gives the same flow again, with a fresh token beside the first", async () => {
    const { signUp, call, counts } = createApiFixture();
    const first = await signUp(zoe, { "idempotency-key": key });
    const again = await signUp(zoe, { "idempotency-key": key });
    expect(again.response.status).toBe(202);
    expect(again.response.headers["location"]).toBe(first.response.headers["location"]);
    expect(again.flow).toEqual(first.flow);
    expect(again.token).not.toBe(first.token);
    expect(counts.recorded).toBe(1);
    for (const { flow, token } of [first, again]) {
      expect((await call({ path: `/flows/${flow.id}`, headers: bearer(token) })).status).toBe(200);
    }
  });

  test("gives the same flow to many that arrive at once", async () => {
    const { signUp, counts } = createApiFixture();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => signUp(zoe, { "idempotency-key": key })),
    );
    expect(new Set(answers.map(({ response, flow }) => `${response.status} ${flow.id}`)).size).toBe(1);
    expect(counts.recorded).toBe(1);
  });

  test("takes the key in the quotes of a structured field too", async () => {
    const { signUp } = createApiFixture();
    const plain = await signUp(zoe, { "idempotency-key": key });
    const quoted = await signUp(zoe, { "idempotency-key": `"${key}"` });
    expect(quoted.flow.id).toBe(plain.flow.id);
    const escaped = await signUp(zoe, { "idempotency-key": String.raw`"a key with \" and \\ in it"` });
    const raw = await signUp(zoe, { "idempotency-key": String.raw`a key with " and \ in it` });
    expect(escaped.flow.id).toBe(raw.flow.id);
  });

  test("is refused with 422 where the key was used for another body", async () => {
    const { signUp, call, sent } = createApiFixture();
    await signUp(zoe, { "idempotency-key": key });
    const response = await call(signUpCall({ ...zoe, name: "Zoe" }, { "idempotency-key": key }));
    expect(response.status).toBe(422);
    expect(json(response)).toMatchObject({ type: "/problems/idempotency-conflict", status: 422 });
    expect(sent).toHaveLength(1);
  });

  test.each([["short"], [""], ["x".repeat(256)], [`ключ-${key}`], [`tab\t${key}`]])(
    "is refused with 400 where the key is %j",
    async (unusable) => {
      const { call, sent, counts } = createApiFixture();
      const response = await call(signUpCall(zoe, { "idempotency-key": unusable }));
      expect(response.status).toBe(400);
      expect(json(response)).toMatchObject({
        type: "/problems/malformed-request",
        errors: [{ path: "Idempotency-Key", rule: "16 to 255 printable ASCII characters" }],
      });
      expect([sent.length, counts.recorded]).toEqual([0, 0]);
    },
  );
});

describe("a sign-up that asks to be told of its end", () => {
  const notify = { webhook: "https://example.com/errand" };

  test("is recorded with the webhook, which no answer and no message has", async () => {
    const { call, signUp, table, sent } = createApiFixture();
    const { flow, token, response } = await signUp({ ...zoe, notify });
    expect((await table.get([flow.id])).get(flow.id)?.notify).toBe(notify.webhook);
    const read = await call({ path: `/flows/${flow.id}`, headers: bearer(token) });
    for (const told of [String(response.body), String(read.body), JSON.stringify(sent)])
      expect(told).not.toContain("example.com/errand");
  });

  test("is refused with 422 where another would be told under its key, or nobody", async () => {
    const { signUp, call, sent } = createApiFixture();
    await signUp({ ...zoe, notify }, { "idempotency-key": key });
    for (const body of [zoe, { ...zoe, notify: { webhook: "https://example.com/other" } }]) {
      const response = await call(signUpCall(body, { "idempotency-key": key }));
      expect(json(response)).toMatchObject({ type: "/problems/idempotency-conflict", status: 422 });
    }
    expect(sent).toHaveLength(1);
  });

  test.each([
    ["no https URL", { webhook: "http://example.com/" }, "notify.webhook"],
    ["no object", "https://example.com/", "notify"],
    ["something else too", { ...notify, sms: "1" }, "notify.sms"],
  ])("is refused with 422, with nothing begun, where it names %s", async (_, wrong, path) => {
    const { problem } = await refusalOf(signUpCall({ ...zoe, notify: wrong }));
    expect(problem).toMatchObject({ type: "/problems/invalid-input", errors: [{ path }] });
  });
});

describe("while the ledger or the queue is out of reach, a sign-up", () => {
  test.each(["ledger", "queue"] as const)(
    "is answered 503 (%s) with a key whose repeat starts one flow",
    async (port) => {
      const { call, signUp, outOfReach, counts, sent } = createApiFixture();
      outOfReach[port] = true;
      const response = await call(signUpCall(zoe));
      expect(response.status).toBe(503);
      expect(response.headers["retry-after"]).toMatch(/^\d+$/);
      const problem = json(response) as { idempotencyKey: string };
      expect(problem).toMatchObject({
        type: "/problems/unavailable",
        idempotencyKey: response.headers["idempotency-key"],
      });
      outOfReach[port] = false;
      const repeated = await signUp(zoe, { "idempotency-key": problem.idempotencyKey });
      expect(repeated.response.status).toBe(202);
      expect([counts.recorded, sent.length]).toEqual([1, 1]);
    },
  );

  test("is told to repeat with the very key that it sent, quotes included", async () => {
    const { call, outOfReach } = createApiFixture();
    outOfReach.ledger = true;
    const sentKey = String.raw`"\"a key in quotes\""`;
    const response = await call(signUpCall(zoe, { "idempotency-key": sentKey }));
    expect(response.headers["idempotency-key"]).toBe(sentKey);
  });

  test("is noted by the kind of the fault, without what the caller or an error's message said", async () => {
    const { call, outOfReach, failures } = createApiFixture();
    outOfReach.ledger = true;
    await call(signUpCall(zoe, { "idempotency-key": key }));
    expect(failures).toEqual([
      {
        ...{ level: "warn", event: "request.failed", status: "503", flow: flowIdOfKey("sign-up", key) },
        reason: expect.stringMatching(
          /^POST: UnavailableError, caused by Error ECONNREFUSED at .*api-fixture/,
        ),
      },
    ]);
    expect(JSON.stringify(failures)).not.toContain("zoe@");
  });
});
