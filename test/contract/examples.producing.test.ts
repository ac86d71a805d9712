import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { type Servers, startServers } from "../support/servers.ts";

let servers: Servers;
let environment: Record<string, string>;
let dispatchQueueUrl: string;
let child: ChildProcess | undefined;

beforeAll(async () => {
  servers = await startServers();
  await servers.createTable("ledger");
  await servers.createBucket("payloads");
  dispatchQueueUrl = await servers.createQueue("dispatch");
  environment = {
    LEDGER_TABLE: "ledger",
    PAYLOAD_BUCKET: "payloads",
    DISPATCH_QUEUE_URL: dispatchQueueUrl,
    PORT: "0",
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_SQS: servers.awsEndpoint,
    AWS_ENDPOINT_URL_S3: servers.awsEndpoint,
    AWS_ENDPOINT_URL_DYNAMODB: servers.dynamodbEndpoint,
  };
});

afterAll(() => servers.stop());

afterEach(async () => {
  if (!child || child.exitCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
});

/** Runs an example as its user would; answers its origin. */
async function run(example: string): Promise<string> {
  const args = ["--disable-warning=ExperimentalWarning", `examples/${example}`];
  child = spawn(process.execPath, args, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const [line] = (await once(lines, "line")) as [string];
  lines.close();
  return `http://127.0.0.1:${line.replace("listening on ", "")}`;
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(url, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", connection: "close", ...headers },
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

async function nextMessage(): Promise<Record<string, unknown>> {
  const { Messages = [] } = await servers.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: dispatchQueueUrl, WaitTimeSeconds: 5 }),
  );
  return JSON.parse(Messages[0]?.Body ?? "{}") as Record<string, unknown>;
}

test("a plain node:http server starts a sign-up and refuses bad input with its paths", async () => {
  const origin = await run("node-http.ts");
  const accepted = await post(`${origin}/join`, { email: "zoe@example.com", name: "Zoë Ångström" });
  expect(accepted.status).toBe(202);
  expect(await nextMessage()).toMatchObject({
    flow: { id: accepted.body["flow"], name: "sign-up" },
    jobs: { "send-welcome-email": {}, "create-profile": {}, "render-receipt": {} },
  });
  const refused = await post(`${origin}/join`, { email: "zoe", name: "Zoë" });
  expect(refused).toMatchObject({ status: 422, body: { errors: [{ path: "email" }] } });
});

test("an Express server pushes a single job, and the same idempotency key pushes it once", async () => {
  const origin = await run("express.ts");
  const input = { email: "zoe@example.com", name: "Zoë Ångström", plan: "pro" };
  const headers = { "idempotency-key": "welcome-zoe-2026-11-22" };
  const first = await post(`${origin}/welcome`, input, headers);
  expect(first).toMatchObject({ status: 202, body: { replayed: false } });
  expect(await nextMessage()).toMatchObject({ jobs: { "send-welcome-email": { input } } });
  const second = await post(`${origin}/welcome`, input, headers);
  expect(second).toEqual({ status: 202, body: { flow: first.body["flow"], replayed: true } });
});
