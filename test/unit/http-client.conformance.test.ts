import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { HttpRequest, HttpResponse } from "../../functions/api/http.ts";
import { type HttpServer, startHttpServer } from "../../infra/local/http-server.ts";
import { bearer, createApiFixture, json } from "../support/api-fixture.ts";
import { createHttpClient } from "../support/http-client.ts";

const { api, signUp } = createApiFixture();
let change: (response: HttpResponse, request: HttpRequest) => HttpResponse;
let server: HttpServer;
let client: ReturnType<typeof createHttpClient>;
let path: string;
let headers: Readonly<Record<string, string>>;

beforeAll(async () => {
  const { flow, token } = await signUp();
  path = `/flows/${flow.id}`;
  headers = bearer(token);
  server = await startHttpServer(0);
  server.serve(async (request) => {
    const response = await api(request);
    return request.path === "/openapi.json" ? response : change(response, request);
  });
  client = createHttpClient(`http://127.0.0.1:${server.port}`);
});
afterAll(async () => {
  client.close();
  await server.stop();
});

/** The flow's status, changed on its way. */
function read(changed: (response: HttpResponse) => HttpResponse): Promise<unknown> {
  change = changed;
  return client.call(path, { headers });
}

interface Shown {
  readonly jobs: readonly object[];
}

function withFirstJob(fields: object): (response: HttpResponse) => HttpResponse {
  return (response) => {
    const view = json(response) as Shown;
    const jobs = view.jobs.map((job, index) => (index === 0 ? { ...job, ...fields } : job));
    return { ...response, body: JSON.stringify({ ...view, jobs }) };
  };
}

test("an answer as the document states it passes", async () => {
  expect(await read((response) => response)).toMatchObject({ status: 200 });
});

test.each<[string, (response: HttpResponse) => HttpResponse]>([
  [
    '/jobs/0/status: one of queued, retrying, held, running, succeeded, failed, got "done"',
    withFirstJob({ status: "done" }),
  ],
  ['/jobs/0/owner: no field that the document lacks, got "me"', withFirstJob({ owner: "me" })],
  ["body: must have required property 'id', got {}", (response) => ({ ...response, body: "{}" })],
  ['body: JSON, got "<p>"', (response) => ({ ...response, body: "<p>" })],
  ["body: one that is stated, got none", (response) => ({ ...response, body: "" })],
  [
    'Content-Type: application/json, got "text/plain"',
    (response) => ({ ...response, headers: { ...response.headers, "content-type": "text/plain" } }),
  ],
  [
    "ETag: a header that is stated, got none",
    ({ headers: { etag: _, ...headers }, ...rest }) => ({ ...rest, headers }),
  ],
  [
    "Retry-After: must be integer, got NaN",
    (response) => ({ ...response, headers: { ...response.headers, "retry-after": "soon" } }),
  ],
])("GET /flows/{flow} 200: %s", async (line, changed) => {
  await expect(read(changed)).rejects.toThrow(`GET /flows/{flow} 200: ${line}`);
});

test("a status that the operation doesn't state is told, and so is an answer where there is no operation", async () => {
  await expect(read((response) => ({ ...response, status: 418 }))).rejects.toThrow(
    "GET /flows/{flow} 418: status: one that the document states, got 418",
  );
  change = () => ({ status: 200, headers: {}, body: "" });
  await expect(client.call("/elsewhere")).rejects.toThrow(
    "GET /elsewhere 200: status: one that the document states, got 200",
  );
});

test("a gateway's own refusal is nobody's to document, a service's is", async () => {
  const refusal = { status: 503, headers: { "content-type": "application/json" }, body: '{"message":"x"}' };
  expect(await read(() => refusal)).toMatchObject({ status: 503 });
  const headers = { "content-type": "application/problem+json" };
  await expect(read(() => ({ ...refusal, headers }))).rejects.toThrow(
    "GET /flows/{flow} 503: /message: no field that the document lacks",
  );
});
