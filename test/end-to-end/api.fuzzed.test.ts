import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type HttpServer, requestLimits, startHttpServer } from "../../infra/local/http-server.ts";
import { createApiFixture, setJobs } from "../support/api-fixture.ts";
import { type Conformance, conformanceOf } from "../support/conformance.ts";
import { brokenHttp } from "../support/fuzz/broken-http.ts";
import { type Answered, answerToBytes, type Door, handlerDoors, httpDoor } from "../support/fuzz/doors.ts";
import { type FuzzedRequest, requestsFor } from "../support/fuzz/requests.ts";
import { type OpenApi, readOpenApi } from "../support/openapi.ts";

/** A few hundred in `npm test`, 20 000 with a fresh seed in CI. */
const count = Number(process.env["ERRAND_FUZZ"] ?? 600);
const asked = process.env["ERRAND_SEED"] ?? "20261129";
const seed = asked === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(asked);
const replay = `replay: ERRAND_FUZZ=${count} ERRAND_SEED=${seed} npm run jest -- api.fuzzed`;
/** No answer takes as long. */
const patienceMs = 5_000;
const patience = 60_000 + count * 20;

let document: OpenApi;
let conformance: Conformance;
let fixture: ReturnType<typeof createApiFixture>;
let server: HttpServer;
let hasty: HttpServer;
let http: ReturnType<typeof httpDoor>;
let requests: fc.Arbitrary<FuzzedRequest>;
const statuses = new Map<string, number>();

beforeAll(async () => {
  document = await readOpenApi();
  conformance = conformanceOf(document);
  fixture = createApiFixture({ corsOrigins: ["https://app.example.com"] });
  const { flow, token } = await fixture.signUp();
  await setJobs(fixture, flow.id, {
    "render-receipt": { status: "succeeded", attempts: 1, result: '{"file":"receipt.pdf"}' },
  });
  const parameters = {
    flow: [flow.id],
    job: ["render-receipt"],
    file: ["receipt.pdf"],
    asset: ["main-0.js"],
  };
  requests = requestsFor(document, { parameters, tokens: [token, "x".repeat(43)] });
  server = await startHttpServer(0);
  // So that who waits for the rest of a broken request doesn't wait for long.
  const limits = { headersTimeout: 300, requestTimeout: 300, connectionsCheckingInterval: 20 };
  hasty = await startHttpServer(0, { ...requestLimits, ...limits });
  for (const each of [server, hasty]) each.serve(fixture.api);
  http = httpDoor(server.port);
});
afterAll(async () => {
  http.close();
  await Promise.all([server.stop(), hasty.stop()]);
});

/** The share of the requests that goes by one door. */
const runs = (share: number) => ({ seed, numRuns: Math.ceil(count * share) });

/** What is wrong with what came of a request. */
function faultsOf({ request, answer }: Answered, before: ReturnType<typeof footprint>): readonly string[] {
  const { status, headers } = answer;
  statuses.set(`${request.method} ${status}`, (statuses.get(`${request.method} ${status}`) ?? 0) + 1);
  // Node's own word on headers that are too long, before any route.
  if (status === 431) return [];
  const unsafe = Object.entries(headers).filter(([, value]) => /[\r\n\0]/.test(value));
  return [
    ...(status < 500 ? [] : [`no 5xx, got ${status}`]),
    ...conformance(request, answer),
    ...unsafe.map(([name]) => `${name}: one line, got several`),
    ...(headers["x-content-type-options"] === "nosniff" ? [] : ["the safe headers, got none"]),
    ...traces(before, status),
  ];
}

/** How much there is in the ledger and on the queues. */
function footprint() {
  return { recorded: fixture.counts.recorded, sent: fixture.sent.length };
}

/** Nothing was recorded or sent that wasn't accepted, and nothing twice. */
function traces(before: ReturnType<typeof footprint>, status: number): readonly string[] {
  const { recorded, sent } = footprint();
  if (status === 202) return recorded - before.recorded <= 1 ? [] : ["one flow, got more"];
  const left = recorded - before.recorded + sent - before.sent;
  return left === 0 ? [] : [`nothing left behind by a ${status}, got ${left} records and messages`];
}

async function within<Value>(work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`an answer within ${patienceMs} ms`)), patienceMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function holds(door: Door, share: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      const before = footprint();
      const answered = await within(door(request));
      expect([replay, faultsOf(answered, before)]).toEqual([replay, []]);
    }),
    runs(share),
  );
  expect(fixture.failures).toEqual([]);
}

describe("whatever is sent is answered as the document says, never 5xx, and leaves nothing that wasn't accepted", () => {
  test.each([
    ["plain", 0.35],
    ["format 1.0", 0.2],
    ["format 2.0", 0.25],
  ])(
    "to the API's handler: %s",
    async (name, share) => {
      const door = new Map(handlerDoors(fixture.api)).get(name);
      await holds(door as Door, share);
    },
    patience,
  );

  test("by HTTP", () => holds(http.door, 0.15), patience);

  test(
    "as bytes that are hardly HTTP",
    async () => {
      await fc.assert(
        fc.asyncProperty(brokenHttp, async (bytes) => {
          const before = fixture.counts.recorded;
          const answer = await within(answerToBytes(hasty.port, bytes));
          const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
          // An answer may be lost to what comes behind its request, as on any broken connection.
          const signUps = Buffer.from(bytes).toString("latin1").split('"email"').length - 1;
          expect([
            replay,
            answer === "" || answer.startsWith("HTTP/1.1 "),
            statuses.filter((status) => status >= 500),
          ]).toEqual([replay, true, []]);
          expect(fixture.counts.recorded - before).toBeLessThanOrEqual(signUps);
        }),
        runs(0.05),
      );
      expect(
        (await http.door({ method: "GET", path: "/health", query: "", headers: {}, body: "" })).answer.status,
      ).toBe(200);
    },
    patience,
  );

  test("and gets beyond the first check of every operation", () => {
    const seen = [...statuses.keys()];
    // A body that is too large has tests of its own.
    for (const status of [200, 201, 202, 303, 304, 400, 401, 404, 405, 415, 422]) {
      expect(seen).toContainEqual(expect.stringMatching(new RegExp(` ${status}$`)));
    }
  });
});
