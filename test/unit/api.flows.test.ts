import { describe, expect, test } from "@jest/globals";
import { bearer, createApiFixture, json, setFlow, setJobs, zoe } from "../support/api-fixture.ts";

const succeeded = { status: "succeeded", attempts: 1, startedAt: 1_000, finishedAt: 2_000 } as const;
const finished = {
  "send-welcome-email": succeeded,
  "create-profile": { ...succeeded, result: `{"created":false}` },
  "render-receipt": { ...succeeded, run: 1, result: `{"file":"receipt.pdf"}` },
};

describe("a flow", () => {
  test("is shown with its jobs' attempts, times and public results, and asks for patience while it runs", async () => {
    const fixture = createApiFixture();
    const { flow, token } = await fixture.signUp();
    const request = { path: `/flows/${flow.id}`, headers: bearer(token) };
    const running = await fixture.call(request);
    expect(running).toMatchObject({
      status: 200,
      headers: {
        "retry-after": "1",
        "cache-control": "private, no-cache",
        "content-type": "application/json",
      },
    });
    await setJobs(fixture, flow.id, finished);
    const done = await fixture.call(request);
    expect(done.headers).not.toHaveProperty("retry-after");
    const ends = { status: "succeeded", attempts: 1, startedAt: "1970-01-01T00:00:01.000Z" };
    expect(json(done)).toMatchObject({
      status: "succeeded",
      jobs: [
        ends,
        ends,
        { ...ends, finishedAt: "1970-01-01T00:00:02.000Z", result: { file: "receipt.pdf" } },
      ],
    });
    expect(String(done.body)).not.toContain('created":');
  });

  test.each([
    [0, "1"],
    [59, "4"],
    [86_400, "30"],
  ])("that has run for %i s is to be asked about again after %s s", async (seconds, retryAfter) => {
    const fixture = createApiFixture();
    const { flow, token } = await fixture.signUp();
    await setFlow(fixture, flow.id, { createdAt: Date.now() - seconds * 1000 });
    const { headers } = await fixture.call({ path: `/flows/${flow.id}`, headers: bearer(token) });
    expect(headers["retry-after"]).toBe(retryAfter);
  });

  test("costs one read of the ledger", async () => {
    const { signUp, call, counts } = createApiFixture();
    const { flow, token } = await signUp();
    await call({ path: `/flows/${flow.id}`, headers: bearer(token) });
    expect(counts.reads).toBe(1);
  });

  test("whose check is lost gets another, whether or not that can be sent, once an hour", async () => {
    const fixture = createApiFixture();
    const { flow, token } = await fixture.signUp();
    const get = () => fixture.call({ path: `/flows/${flow.id}`, headers: bearer(token) });
    await get();
    expect(fixture.sent).toHaveLength(1);
    await setFlow(fixture, flow.id, { createdAt: Date.now() - 3_601_000 });
    expect(await get()).toMatchObject({ status: 200 });
    expect(await get()).toMatchObject({ status: 200 });
    expect(fixture.sent.slice(1).map(({ attributes }) => attributes["errand"])).toEqual(["close/2"]);
    await setFlow(fixture, flow.id, { closingAt: 0 });
    fixture.outOfReach.queue = true;
    expect(await get()).toMatchObject({ status: 200 });
    expect(fixture.events).toContainEqual(
      expect.objectContaining({ event: "message.failed", flow: flow.id }),
    );
  });

  test("is answered 503 with Retry-After while the ledger is out of reach", async () => {
    const { signUp, call, outOfReach } = createApiFixture();
    const { flow, token } = await signUp();
    outOfReach.ledger = true;
    const response = await call({ path: `/flows/${flow.id}`, headers: bearer(token) });
    expect(response).toMatchObject({ status: 503, headers: { "retry-after": "5" } });
    expect(json(response)).not.toHaveProperty("idempotencyKey");
  });
});

describe("the ETag of a flow", () => {
  test("is strong and stays until the flow changes", async () => {
    const fixture = createApiFixture();
    const { flow, token } = await fixture.signUp();
    const get = () => fixture.call({ path: `/flows/${flow.id}`, headers: bearer(token) });
    const first = (await get()).headers["etag"];
    expect(first).toMatch(/^"[\w-]{22}"$/);
    expect((await get()).headers["etag"]).toBe(first);
    await setJobs(fixture, flow.id, finished);
    expect((await get()).headers["etag"]).not.toBe(first);
  });

  test.each([
    ["itself", (etag: string) => etag, 304],
    ["its weak form", (etag: string) => `W/${etag}`, 304],
    ["a list with it", (etag: string) => `"a, b", W/"c" ,${etag}`, 304],
    ["*", () => "*", 304],
    ["another", () => `"another"`, 200],
    ["it without quotes", (etag: string) => etag.slice(1, -1), 200],
    ["it within another", (etag: string) => `"another${etag}`, 200],
  ])("is compared with If-None-Match: %s", async (_, ifNoneMatch, status) => {
    const { signUp, call } = createApiFixture();
    const { flow, token } = await signUp();
    const path = `/flows/${flow.id}`;
    const first = await call({ path, headers: bearer(token) });
    const etag = String(first.headers["etag"]);
    const second = await call({ path, headers: { ...bearer(token), "if-none-match": ifNoneMatch(etag) } });
    expect(second.status).toBe(status);
    expect(second.headers).toMatchObject({ etag, "cache-control": "private, no-cache", "retry-after": "1" });
    if (status === 304) expect([second.body, second.headers["content-type"]]).toEqual(["", undefined]);
  });
});

describe("who has no right to a flow", () => {
  test.each(["/flows/{id}", "/flows/{id}/files/render-receipt/receipt.pdf"])(
    "is answered 401 without a token, and 404 alike for a wrong id and a wrong token (%s)",
    async (pattern) => {
      const fixture = createApiFixture();
      const { flow, token } = await fixture.signUp();
      const other = await fixture.signUp({ ...zoe, email: "other@example.com" });
      await setJobs(fixture, flow.id, finished);
      const path = (id: string) => pattern.replace("{id}", id);
      for (const authorization of [
        undefined,
        "",
        "Bearer",
        "Bearer ",
        "Basic em9lOnpvZQ==",
        `Bearer ${token}, Bearer x`,
      ]) {
        const headers = authorization === undefined ? {} : { authorization };
        const refused = await fixture.call({ path: path(flow.id), headers });
        expect(refused).toMatchObject({
          status: 401,
          headers: { "www-authenticate": 'Bearer realm="errand"' },
        });
        expect(json(refused)).toMatchObject({ type: "/problems/unauthorized" });
        // Without a token nothing is told of the id either.
        expect(await fixture.call({ path: path("%zz"), headers })).toEqual(refused);
      }
      const readsBefore = fixture.counts.reads;
      const answers = await Promise.all(
        [
          { path: path(flow.id), headers: bearer(other.token) },
          { path: path(flow.id), headers: bearer("x") },
          { path: path("0".repeat(26)), headers: bearer(token) },
          { path: path("no-id"), headers: bearer(token) },
          { path: path("%zz"), headers: bearer(token) },
          { path: path("%E2%82%AC"), headers: bearer(token) },
        ].map(fixture.call),
      );
      expect(answers[0]).toMatchObject({ status: 404 });
      for (const answer of answers) expect(answer).toEqual(answers[0]);
      // What can't be an id is never looked up: DynamoDB refuses some keys, and that would be a 503.
      expect(fixture.counts.reads - readsBefore).toBe(3);
    },
  );

  test("is anyone, once the flow has expired", async () => {
    const fixture = createApiFixture();
    const { flow, token } = await fixture.signUp();
    const record = (await fixture.table.get([flow.id])).get(flow.id);
    if (!record) throw new Error("the flow was not recorded");
    await fixture.table.put({ ...record, expires: 1 }, { path: ["id"], exists: true });
    expect((await fixture.call({ path: `/flows/${flow.id}`, headers: bearer(token) })).status).toBe(404);
  });

  test("opens with the scheme in any case", async () => {
    const { signUp, call } = createApiFixture();
    const { flow, token } = await signUp();
    const headers = { authorization: `bearer  ${token}` };
    expect((await call({ path: `/flows/${flow.id}`, headers })).status).toBe(200);
  });
});

describe("a file of a flow", () => {
  test("is where a presigned URL of five minutes says, under the run that made it", async () => {
    const fixture = createApiFixture();
    const { flow, token } = await fixture.signUp();
    await setJobs(fixture, flow.id, finished);
    const path = `/flows/${flow.id}/files/render-receipt/receipt%2Epdf`;
    const response = await fixture.call({ path, headers: bearer(token) });
    expect(response).toMatchObject({ status: 303, headers: { "cache-control": "no-store" }, body: "" });
    const url = `https://files.example/${flow.id}/render-receipt/1/receipt.pdf?expires=300`;
    expect(response.headers["location"]).toBe(url);
  });

  test.each([
    ["another file", finished, "render-receipt/other.pdf"],
    ["the name of a field", finished, "render-receipt/file"],
    ["a path", finished, "render-receipt/..%2Freceipt.pdf"],
    ["another job", finished, "create-profile/receipt.pdf"],
    ["a job that isn't there", finished, "constructor/receipt.pdf"],
    ["a prototype", finished, "__proto__/receipt.pdf"],
    [
      "a private field",
      { ...finished, "create-profile": { ...succeeded, result: `{"key":"x"}` } },
      "create-profile/x",
    ],
    ["a job without a result", { ...finished, "render-receipt": succeeded }, "render-receipt/receipt.pdf"],
    [
      "a job that runs",
      { "render-receipt": { result: `{"file":"receipt.pdf"}` } },
      "render-receipt/receipt.pdf",
    ],
    [
      "a job that failed",
      { "render-receipt": { ...finished["render-receipt"], status: "failed" as const } },
      "render-receipt/receipt.pdf",
    ],
  ])("is not found where the request names %s", async (_, jobs, file) => {
    const fixture = createApiFixture();
    const { flow, token } = await fixture.signUp();
    await setJobs(fixture, flow.id, jobs);
    const response = await fixture.call({ path: `/flows/${flow.id}/files/${file}`, headers: bearer(token) });
    expect(response.status).toBe(404);
    expect(json(response)).toMatchObject({ type: "/problems/not-found" });
  });

  test("is answered 503 while no URL can be signed", async () => {
    const fixture = createApiFixture();
    const { flow, token } = await fixture.signUp();
    await setJobs(fixture, flow.id, finished);
    fixture.outOfReach.files = true;
    const path = `/flows/${flow.id}/files/render-receipt/receipt.pdf`;
    expect((await fixture.call({ path, headers: bearer(token) })).status).toBe(503);
  });
});
