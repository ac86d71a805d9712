import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { DeployError } from "./deploy-error.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

export interface CdkRun {
  readonly args: readonly string[];
  readonly env: Variables;
  /** Where the app is. */
  readonly directory: string;
  /** After so long the run is ended: emulators hang on what they don't know. Default without limit. */
  readonly limitSeconds?: number;
  /** `quiet`: what it prints is shown only where it fails. */
  readonly output: "shown" | "quiet";
}

/**
 * Runs the CDK's command line.
 * @throws DeployError where it fails or takes too long.
 */
export async function runCdk({ args, env, directory, limitSeconds, output }: CdkRun): Promise<void> {
  const program = createRequire(import.meta.url).resolve("aws-cdk/bin/cdk");
  const child = spawn(process.execPath, [program, ...args], {
    cwd: directory,
    env,
    stdio: output === "shown" ? "inherit" : ["ignore", "pipe", "pipe"],
    ...(limitSeconds === undefined ? {} : { timeout: limitSeconds * 1000, killSignal: "SIGKILL" }),
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (printed += chunk));
  const [status, signal] = (await once(child, "close")) as [number | null, string | null];
  if (status === 0) return;
  process.stderr.write(printed);
  const what = `cdk ${args[0]}`;
  if (signal === "SIGKILL" && limitSeconds !== undefined) {
    throw new DeployError(`${what}: an end within ${limitSeconds} s, got none`);
  }
  throw new DeployError(`${what}: exit code 0, got ${status ?? signal}`);
}
