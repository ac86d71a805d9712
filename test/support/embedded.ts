import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import { eventually } from "./eventually.ts";
import { type Answer, type CallOptions, createHttpClient } from "./http-client.ts";
import { LOCAL_CLIENT } from "./loopback.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What a run ends with. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A run of the embedded service in a process of its own. */
export interface Embedded {
  readonly port: number;
  readonly sqsS3Endpoint: string;
  readonly dynamodbEndpoint: string;
  readonly process: ChildProcess;
  /** All that it has printed so far. */
  output(): string;
  /** A path of its API, or a whole URL. */
  call(path: string, options?: CallOptions): Promise<Answer>;
  json<Value>(path: string): Promise<Value>;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Exit>;
}

/** A directory under the system's temporary one; `remove` deletes it with all that is in it. */
export function stateDirectory() {
  const path = mkdtempSync(join(tmpdir(), "errand-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Starts the service as `npm start` does, on a free port unless `args` say otherwise, and waits until it listens. */
export async function startEmbedded(state: string, ...args: readonly string[]): Promise<Embedded> {
  const run = spawnEmbedded("--port", "0", "--state", state, ...args);
  await run.until("Ctrl-C");
  const port = Number(run.find(/listening on http:\/\/127\.0\.0\.1:(\d+)/));
  const { call, close } = createHttpClient(`http://127.0.0.1:${port}`);
  return {
    port,
    sqsS3Endpoint: run.find(/SQS and S3: (http:[^,)]+)/),
    dynamodbEndpoint: run.find(/DynamoDB: (http:[^,)]+)/),
    process: run.process,
    output: run.output,
    call,
    json: async (path) => JSON.parse((await call(path)).body.toString()),
    async end(signal) {
      const exit = await run.end(signal);
      close();
      return exit;
    },
  };
}

/** Starts the service with just these options; for runs that end by themselves. */
export function spawnEmbedded(...args: readonly string[]) {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "infra/local/main.ts", ...args],
    {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      // What a user may have set must not matter.
      env: { ...process.env, AWS_PROFILE: "somebody", AWS_ENDPOINT_URL: "http://127.0.0.1:1", PORT: "1" },
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const exited = once(child, "close").then(([code, signal]): Exit => ({ code, signal }));
  return {
    process: child,
    exited,
    output: () => output,
    /** Sends a signal and waits for the end. */
    end(signal: NodeJS.Signals): Promise<Exit> {
      child.kill(signal);
      return exited;
    },
    async until(words: string): Promise<void> {
      while (!output.includes(words)) {
        const ended = once(child, "close").then(() => "ended");
        if ((await Promise.race([ended, once(child.stdout, "data")])) === "ended") throw new Error(output);
      }
    },
    find(pattern: RegExp): string {
      const [, found] = pattern.exec(output) ?? [];
      if (found === undefined) throw new Error(`nothing like ${pattern} in: ${output}`);
      return found;
    },
  };
}

/** The process ids of the workers of a run with `--isolate`, by the function that they run. */
export function workerProcesses(service: Embedded): Readonly<Record<string, number>> {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
  return Object.fromEntries(
    lines.flatMap((line): [string, number][] => {
      const [, pid = "", parent = "", name = ""] =
        /^\s*(\d+)\s+(\d+)\s.*isolated-worker\.ts (\S+)/.exec(line) ?? [];
      return Number(parent) === service.process.pid ? [[name, Number(pid)]] : [];
    }),
  );
}

export interface Accepted {
  readonly flow: FlowView;
  readonly token: string;
}

/** Signs somebody up; fails unless that is accepted. */
export async function signUp(
  service: Embedded,
  person: unknown,
  headers: Readonly<Record<string, string>> = {},
) {
  const { status, body } = await service.call("/sign-ups", { method: "POST", json: person, headers });
  if (status !== 202) throw new Error(`${status}: ${body}`);
  return JSON.parse(body.toString()) as Accepted;
}

/** The flow, once each of its jobs has ended. */
export async function finished(service: Embedded, { flow, token }: Accepted): Promise<FlowView> {
  return eventually(async () => {
    const { body } = await service.call(`/flows/${flow.id}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const view = JSON.parse(body.toString()) as FlowView;
    return view.status === "running" ? undefined : view;
  });
}

/** The addresses that have a profile, looked up behind the API's back. */
export async function profileIds(service: Embedded): Promise<(string | undefined)[]> {
  const dynamodb = new DynamoDBClient({ ...LOCAL_CLIENT, endpoint: service.dynamodbEndpoint });
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: "profiles" }));
  dynamodb.destroy();
  return Items.map(({ id }) => id?.S);
}
