import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { standInAccount, standInRegion } from "../stand-in-environment.ts";
import type { TargetName } from "../targets.ts";
import { type Outputs, readOutputs } from "./outputs.ts";
import { runCdk, type Variables } from "./run-cdk.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What is deployed, and where to. */
export interface EmulatorDeploy {
  readonly target: Exclude<TargetName, "aws">;
  readonly endpoint: string;
  /** The emulator's, as `standInVariables` gives them. */
  readonly variables: Variables;
  /** `-c name=value`, beside the target's. */
  readonly context: Readonly<Record<string, string>>;
  /** Where the templates, bundles and outputs of this deploy are written. */
  readonly directory: string;
  readonly output: "shown" | "quiet";
  /** The checkout that is deployed. Default this one. */
  readonly from?: string;
}

/** A deploy of all stacks takes 10 to 30 s there; one that hangs on an unknown resource would never end. */
const limitSeconds = 300;

const quiet = ["--no-notices", "--no-version-reporting"];

/** Brings the account to where CDK can deploy to it. */
export async function bootstrap({ variables, directory, output }: EmulatorDeploy): Promise<void> {
  const args = ["bootstrap", `aws://${standInAccount}/${standInRegion}`, ...quiet];
  mkdirSync(directory, { recursive: true });
  // Away from our cdk.json: with an app in reach, it would be synthesized for nothing.
  await runCdk({ args, env: environmentOf(variables), directory, limitSeconds, output });
}

/** Deploys every stack, or what has changed of them; answers their outputs. */
export async function deployService(deploy: EmulatorDeploy): Promise<Outputs> {
  const { target, context, variables, directory, output, from = root } = deploy;
  const outputsFile = join(directory, "outputs.json");
  rmSync(outputsFile, { force: true });
  const contexts = Object.entries({ ...context, target }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  const files = ["--output", join(directory, "cdk.out"), "--outputs-file", outputsFile];
  const args = ["deploy", "--all", "--require-approval", "never", ...files, ...contexts, ...quiet];
  await runCdk({ args, env: environmentOf(variables), directory: from, limitSeconds, output });
  return readOutputs(outputsFile);
}

function environmentOf(variables: Variables): Variables {
  return { ...variables, CDK_DISABLE_CLI_TELEMETRY: "true" };
}
