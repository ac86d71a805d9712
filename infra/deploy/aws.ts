import { existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { awsNextSteps } from "./next-steps.ts";
import { apiUrl, readOutputs } from "./outputs.ts";
import { runCdk } from "./run-cdk.ts";

const outputsFile = "cdk.out/outputs.json";

/** Of a stage, or of production. */
const stackName = /^errand(-[a-z]+)?-(data|workers|api|monitoring)$/;

/**
 * `npm run deploy`: bundles, synthesizes and deploys every stack, or those that are named, to the account and region of
 * the AWS SDK's own variables and files. `args` are `cdk deploy`'s.
 * @throws DeployError where that fails.
 */
export async function deployToAws(args: readonly string[]): Promise<void> {
  const directory = fileURLToPath(new URL("../..", import.meta.url));
  rmSync(outputsFile, { force: true });
  const namesStacks = args.some((arg) => stackName.test(arg));
  await runCdk({
    args: ["deploy", ...(namesStacks ? [] : ["--all"]), "--outputs-file", outputsFile, ...args],
    ...{ env: process.env, directory, output: "shown" },
  });
  // `--help` and the like deploy nothing.
  if (namesStacks || !existsSync(outputsFile)) return;
  process.stdout.write(awsNextSteps(apiUrl(readOutputs(outputsFile), undefined)));
}
