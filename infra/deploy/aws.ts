import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { awsNextSteps } from "./next-steps.ts";
import { apiUrl, readOutputs } from "./outputs.ts";
import { runCdk } from "./run-cdk.ts";

const outputsFile = "cdk.out/outputs.json";

/**
 * `npm run deploy`: bundles, synthesizes and deploys every stack to the account and region of the AWS SDK's own variables
 * and files. `args` are `cdk deploy`'s.
 * @throws DeployError where that fails.
 */
export async function deployToAws(args: readonly string[]): Promise<void> {
  const directory = fileURLToPath(new URL("../..", import.meta.url));
  rmSync(outputsFile, { force: true });
  await runCdk({
    args: ["deploy", "--all", "--outputs-file", outputsFile, ...args],
    ...{ env: process.env, directory, output: "shown" },
  });
  process.stdout.write(awsNextSteps(apiUrl(readOutputs(outputsFile), undefined)));
}
