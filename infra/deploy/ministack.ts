import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { createServer } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { standInVariables, withoutAws } from "../stand-in-environment.ts";
import { DeployError } from "./deploy-error.ts";
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
  /** Ends it, the functions' processes included, and removes the directory. */
  stop(): Promise<void>;
}

const requirements = fileURLToPath(new URL("requirements.txt", import.meta.url));
/** It is ready within half a second; a machine under load takes longer. */
const startLimitMs = 60_000;
/** How long it may take to end by itself. */
const stopLimitMs = 5_000;

/**
 * Installs MiniStack where that is still to do, and starts it: an emulator that runs CloudFormation without Docker.
 * @throws DeployError where Python is missing or it doesn't start.
 */
export async function startMinistack(options: MinistackOptions): Promise<Ministack> {
  const { directory, enforceIam } = options;
  const programs = pythonEnvironment(join(directory, "python"), requirements);
  const port = options.port || (await freePort());
  const run = join(directory, String(port));
  rmSync(run, { recursive: true, force: true });
  mkdirSync(run, { recursive: true });
  // Functions are unpacked below it: to Node, the next package.json above them says how their files are to be read.
  writeFileSync(join(run, "package.json"), '{ "type": "commonjs" }\n');
  const logFile = join(run, "ministack.log");
  const child = launch(join(programs, "ministack"), logFile, {
    ...{ GATEWAY_PORT: String(port), BIND_HOST: "127.0.0.1", LAMBDA_EXECUTOR: "local", TMPDIR: run },
    ...(enforceIam ? { AUTH: "true", USE_SSL: "1" } : {}),
  });
  const endpoint = `${enforceIam ? "https" : "http"}://localhost:${port}`;
  const certificate = enforceIam ? join(run, "ministack-tls", "server.crt") : undefined;
  const stop = async () => {
    await end(child);
    rmSync(run, { recursive: true, force: true });
  };
  try {
    await untilReady(child, endpoint, certificate, logFile);
  } catch (error) {
    await stop();
    throw error;
  }
  // Node reads the one; CDK's command line, which makes its connections itself, the other.
  const trust = certificate ? { NODE_EXTRA_CA_CERTS: certificate, AWS_CA_BUNDLE: certificate } : {};
  return {
    endpoint,
    variables: { ...withoutAws(process.env), ...standInVariables(endpoint), ...trust },
    certificate,
    directory: run,
    log: () => readFileSync(logFile, "utf8"),
    stop,
  };
}

/** Functions inherit its environment, so it gets no more than it needs: nothing of the user's reaches them. */
function launch(program: string, logFile: string, variables: Readonly<Record<string, string>>): ChildProcess {
  const log = openSync(logFile, "w");
  const path = [dirname(process.execPath), process.env["PATH"]].filter(Boolean).join(delimiter);
  const child = spawn(program, [], {
    env: { PATH: path, HOME: process.env["HOME"], ...variables },
    stdio: ["ignore", log, log],
    // A group of its own, so that it ends with all of its functions, and a Ctrl-C reaches it by `stop` alone.
    detached: true,
  });
  closeSync(log);
  return child;
}

async function untilReady(
  child: ChildProcess,
  endpoint: string,
  certificate: string | undefined,
  logFile: string,
): Promise<void> {
  const failed = once(child, "error").then(([error]) => error as Error);
  failed.catch(() => {});
  const deadline = Date.now() + startLimitMs;
  while (!(await isReady(`${endpoint}/_ministack/ready`, certificate))) {
    const error = await Promise.race([failed, pause(100)]);
    if (error) throw new DeployError(`MiniStack: a program that starts, got ${error.message}`);
    if (child.exitCode === null && Date.now() < deadline) continue;
    throw new DeployError(`MiniStack didn't start:\n${readFileSync(logFile, "utf8").slice(-4000)}`);
  }
}

async function isReady(url: string, certificate: string | undefined): Promise<boolean> {
  try {
    const request =
      certificate === undefined ? http.get(url) : https.get(url, { ca: readFileSync(certificate) });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    response.resume();
    return response.statusCode === 200;
  } catch {
    return false;
  }
}

/** SIGTERM may not end it. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const ended = child.exitCode === null ? once(child, "exit") : Promise.resolve();
  signalGroup(child.pid, "SIGTERM");
  await Promise.race([ended, pause(stopLimitMs, undefined, { ref: false })]);
  signalGroup(child.pid, "SIGKILL");
  await ended;
}

function signalGroup(id: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-id, signal);
  } catch (error) {
    // Nobody is left of the group.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
