import { expect } from "@jest/globals";
import { type ApiRules, createApi, createRoutes } from "../../functions/api/api.ts";
import type { HttpRequest, HttpResponse } from "../../functions/api/http.ts";
import { catalog } from "../../functions/catalog.ts";
import type { FailedRequest } from "../../functions/failure-log.ts";
import { standardProfile } from "../../shared/catalog/queue-settings.ts";
import { createClaimCheck } from "../../shared/claim-check/claim-check.ts";
import { createMemoryPayloadStore } from "../../shared/claim-check/memory-payload-store.ts";
import { systemClock } from "../../shared/clock/clock.ts";
import { systemEntropy } from "../../shared/clock/entropy.ts";
import { createLostCheckArmer } from "../../shared/dispatcher/arm-lost-check.ts";
import type { FlowRecord, JobRecord } from "../../shared/flow/flow-record.ts";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import { createLedger } from "../../shared/ledger/ledger.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import type { Table } from "../../shared/ledger/table.ts";
import type { EngineEvent } from "../../shared/log/event.ts";
import { createProducer } from "../../shared/producer/producer.ts";
import type { OutgoingMessage, Queue } from "../../shared/queue/queue.ts";
import type { DeliveryView } from "../../shared/webhook/delivery-view.ts";
import { createMemoryUploads } from "./memory-uploads.ts";
import { samplePage } from "./sample-page.ts";

export interface Call {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text or bytes as they are, anything else as JSON. */
  readonly body?: unknown;
}

/** A sign-up that breaks no rule. */
export const zoe = { email: "zoe@example.com", name: "Zoë Ångström" };

/** What is said of an upload, breaking no rule. */
export const avatar = { kind: "avatar", type: "image/png", size: 1234 };

/** What the status of a flow tells that asked to be told: one that has each of the fields that there are. */
const failingDelivery: DeliveryView = {
  ...{ origin: "https://hooks.example.com", state: "waiting", attempts: 1 },
  ...{ lastAttemptAt: "2026-11-29T12:00:00.000Z", nextAttemptAt: "2026-11-29T12:00:05.000Z" },
  ...{ lastStatus: 503, reason: "503" },
};

/** The API over memory adapters, with what it did. `outOfReach` makes a port fail. */
export function createApiFixture(rules: ApiRules = {}) {
  const sent: OutgoingMessage[] = [];
  const failures: FailedRequest[] = [];
  const events: EngineEvent[] = [];
  const outOfReach = { ledger: false, queue: false, files: false, uploads: false };
  const fail = (port: keyof typeof outOfReach) => {
    if (outOfReach[port])
      throw Object.assign(new Error("the item\n    at zoe@example.com"), { code: "ECONNREFUSED" });
  };

  const { table, counts } = countingTable(() => fail("ledger"));
  const queue: Queue = {
    async send(_, messages) {
      fail("queue");
      sent.push(...messages);
      return [];
    },
    hide: async () => {},
    depth: async () => ({ visible: 0, inFlight: 0, delayed: 0 }),
  };
  const files = {
    async url(key: string, { expiresSeconds }: { readonly expiresSeconds: number }) {
      fail("files");
      return `https://files.example/${key}?expires=${expiresSeconds}`;
    },
  };

  const uploads = createMemoryUploads(() => fail("uploads"));
  const ledger = createLedger({ table, clock: systemClock });
  const claimCheck = createClaimCheck({ store: createMemoryPayloadStore() });
  const engine = {
    catalog,
    ledger,
    queue,
    claimCheck,
    clock: systemClock,
    entropy: systemEntropy,
    log: (event: EngineEvent) => {
      events.push(event);
    },
    profile: standardProfile,
  };
  const armLostCheck = createLostCheckArmer(engine);
  const producer = createProducer(engine);
  const ports = {
    ...{ catalog, ledger, producer, files, armLostCheck },
    ...{ uploads: uploads.uploads, entropy: systemEntropy, socketUrl: "/socket" },
    deliveries: async ({ notify }: Pick<FlowRecord, "notify">) =>
      notify === undefined ? undefined : [failingDelivery],
    log: (failure: FailedRequest) => {
      failures.push(failure);
    },
    page: async () => samplePage,
    pageOrigins: async () => ["https://files.example"],
  };
  const api = createApi(ports, createRoutes(ports), rules);

  const call = (request: Call) => api(asRequest(request));
  const signUp = async (body: unknown = zoe, headers: Readonly<Record<string, string>> = {}) => {
    const response = await call(signUpCall(body, headers));
    return { response, ...(json(response) as { flow: FlowView; token: string }) };
  };

  return { api, call, signUp, ledger, table, counts, sent, failures, events, outOfReach, uploads };
}

/** A table in memory that counts its flows and its reads. */
function countingTable(check: () => void) {
  const memory = createMemoryTable();
  const counts = { recorded: 0, reads: 0 };
  const table: Table = {
    async put(record, when) {
      check();
      const answer = await memory.put(record, when);
      if (answer.applied) counts.recorded++;
      return answer;
    },
    async update(update) {
      check();
      return memory.update(update);
    },
    async get(ids) {
      check();
      counts.reads++;
      return memory.get(ids);
    },
  };
  return { table, counts };
}

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { readonly path: string; readonly rule: string; readonly got: string }[];
}

/** The problem that a call is refused with, once it is sure that the call left nothing behind. */
export async function refusalOf(call: Call, { reads = 0 } = {}) {
  const fixture = createApiFixture();
  const response = await fixture.call(call);
  expect(response.headers).toMatchObject({
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  const problem = json(response) as Problem;
  expect(problem).toMatchObject({
    status: response.status,
    title: expect.any(String),
    detail: expect.any(String),
  });
  const { sent, counts, failures, uploads } = fixture;
  expect({ sent, ...counts, failures, uploads: uploads.keys() }).toEqual({
    uploads: [],
    sent: [],
    recorded: 0,
    reads,
    failures: [],
  });
  expect(String(response.body).length).toBeLessThan(1500);
  return { response, problem };
}

export function signUpCall(body: unknown, headers: Readonly<Record<string, string>> = {}): Call {
  return {
    method: "POST",
    path: "/sign-ups",
    headers: { "content-type": "application/json", ...headers },
    body,
  };
}

export function uploadCall(body: unknown): Call {
  return { ...signUpCall(body), path: "/uploads" };
}

export function bearer(token: string) {
  return { authorization: `Bearer ${token}` };
}

export function json(response: HttpResponse): unknown {
  return JSON.parse(String(response.body));
}

type TableHolder = Pick<ReturnType<typeof createApiFixture>, "table">;

/** Overwrites jobs of a recorded flow, as if workers had settled them. */
export async function setJobs(
  fixture: TableHolder,
  flowId: string,
  jobs: Readonly<Record<string, Partial<JobRecord>>>,
): Promise<void> {
  const flow = await recorded(fixture, flowId);
  const changed = Object.entries(flow.jobs).map(([key, job]): [string, JobRecord] => [
    key,
    { ...job, ...jobs[key] },
  ]);
  await setFlow(fixture, flowId, { jobs: Object.fromEntries(changed), version: (flow.version ?? 0) + 1 });
}

/** Overwrites fields of a recorded flow. */
export async function setFlow(
  fixture: TableHolder,
  flowId: string,
  changes: Partial<FlowRecord>,
): Promise<void> {
  const flow = await recorded(fixture, flowId);
  await fixture.table.put({ ...flow, ...changes }, { path: ["id"], exists: true });
}

async function recorded({ table }: TableHolder, flowId: string): Promise<FlowRecord> {
  const flow = (await table.get([flowId])).get(flowId);
  if (flow) return flow;
  throw new Error(`no flow ${flowId}`);
}

/** The call as the API gets it. */
export function asRequest({ method = "GET", path, headers = {}, body }: Call): HttpRequest {
  return { method, path, query: "", headers, body: asBytes(body) };
}

function asBytes(body: unknown): Uint8Array {
  if (body === undefined) return new Uint8Array();
  if (body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}
