import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { createServer } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { standInVariables, withoutAws } from "../stand-in-environment.ts";
import { DeployError } from "./deploy-error.ts";
import { startGroup } from "./process-group.ts";
import { pythonEnvironment } from "./python-environment.ts";
import type { Variables } from "./run-cdk.ts";

export interface MinistackOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Where the emulator is installed, once, and where each run has a directory named for its port. */
  readonly directory: string;
  /** Whether what no policy allows is refused; over TLS then, as signatures are checked. */
  readonly enforceIam: boolean;
}

export interface Ministack {
  readonly endpoint: string;
  /** What CDK and the AWS SDK must be told to meet the emulator and nothing else. */
  readonly variables: Variables;
  /** Over TLS: what a client must trust. */
  readonly certificate: string | undefined;
  /** What belongs to this run, its log included. */
  readonly directory: string;
  /** What it has printed so far. */
  log(): string;
  /** Rejects with a DeployError if it ends by itself. */
  readonly died: Promise<never>;
  /** Ends it, the functions' processes included, and removes the directory. */
  stop(): Promise<void>;
}

const requirements = fileURLToPath(new URL("requirements.txt", import.meta.url));
/** It is ready within half a second; a machine under load takes longer. */
const startLimitMs = 60_000;
/** How long one answer may take until then. */
const answerLimitMs = 1_000;
/** How long it may take to end by itself; SIGTERM may not end it. */
const stopLimitMs = 5_000;

/**
 * Installs MiniStack where that is still to do, and starts it: an emulator that runs CloudFormation without Docker.
 * @throws DeployError where Python is missing, the port is in use, or it doesn't start.
 */
export async function startMinistack(options: MinistackOptions): Promise<Ministack> {
  const { enforceIam } = options;
  const programs = pythonEnvironment(join(options.directory, "python"), requirements);
  const port = await freePort(options.port);
  const directory = freshDirectory(join(options.directory, String(port)));
  const logFile = join(directory, "ministack.log");
  // Functions inherit its environment, so it gets no more than it needs: nothing of the user's reaches them.
  const group = startGroup(join(programs, "ministack"), logFile, {
    PATH: [dirname(process.execPath), process.env["PATH"]].filter(Boolean).join(delimiter),
    ...{ HOME: directory, TMPDIR: directory },
    ...{ GATEWAY_PORT: String(port), BIND_HOST: "127.0.0.1", LAMBDA_EXECUTOR: "local" },
    ...(enforceIam ? { AUTH: "true", USE_SSL: "1" } : {}),
  });
  const endpoint = `${enforceIam ? "https" : "http"}://localhost:${port}`;
  const certificate = enforceIam ? join(directory, "ministack-tls", "server.crt") : undefined;
  const log = () => readFileSync(logFile, "utf8");
  let stopping = false;
  const died = group.ended.then((how) => {
    if (stopping) return new Promise<never>(() => {});
    throw new DeployError(
      `MiniStack: a program that runs until it is stopped, got ${how}\n${log().slice(-4000)}`,
    );
  });
  died.catch(() => {});
  const stop = async () => {
    stopping = true;
    await group.end(stopLimitMs);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await Promise.race([untilReady(`${endpoint}/_ministack/ready`, certificate, log), died]);
  } catch (error) {
    await stop();
    throw error;
  }
  // Node reads the one; CDK's command line, which makes its connections itself, the other.
  const trust = certificate ? { NODE_EXTRA_CA_CERTS: certificate, AWS_CA_BUNDLE: certificate } : {};
  const variables = { ...withoutAws(process.env), ...standInVariables(endpoint), ...trust };
  return { endpoint, variables, certificate, directory, log, died, stop };
}

/** Of one run. Functions are unpacked in it: to Node, the next package.json above them says how their files are to be read. */
function freshDirectory(directory: string): string {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "package.json"), '{ "type": "commonjs" }\n');
  return directory;
}

async function untilReady(url: string, certificate: string | undefined, log: () => string): Promise<void> {
  const deadline = Date.now() + startLimitMs;
  while (!(await isReady(url, certificate))) {
    if (Date.now() > deadline) {
      throw new DeployError(`MiniStack: ready within ${startLimitMs / 1000} s, got\n${log().slice(-4000)}`);
    }
    await pause(100);
  }
}

async function isReady(url: string, certificate: string | undefined): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(answerLimitMs);
    const request =
      certificate === undefined
        ? http.get(url, { signal })
        : https.get(url, { signal, ca: readFileSync(certificate) });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    response.resume();
    return response.statusCode === 200;
  } catch {
    return false;
  }
}

/** The port that is wanted, or any where that is 0: another's MiniStack would answer there as ours. */
async function freePort(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    const got = error instanceof Error && "code" in error ? error.code : error;
    throw new DeployError(`--port: one that is free, got ${wanted} (${got})`);
  }
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : wanted;
}
