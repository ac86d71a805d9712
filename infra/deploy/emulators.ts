import { resolve } from "node:path";
import { standInVariables, withoutAws } from "../stand-in-environment.ts";
import { bootstrap, deployService, type EmulatorDeploy } from "./deploy-service.ts";
import type { Ministack } from "./ministack.ts";
import { apiUrl, type Outputs } from "./outputs.ts";

/** What was deployed to an emulator, and where it answers. */
export interface Deployed {
  /** To deploy it once more. */
  readonly deploy: EmulatorDeploy;
  readonly outputs: Outputs;
  readonly url: string;
}

/** What a caller decides of a deploy to an emulator. */
export type DeployChoice = Pick<EmulatorDeploy, "context" | "output">;

/** Of the app's options. Who sends mail to an emulator is nobody that has to agree to it. */
const defaults = { stage: "dev", mailFrom: "Errand <errand@example.com>" };

/** The deploy to a LocalStack that is there: at AWS_ENDPOINT_URL, or where compose.yaml puts it. */
export function localstackDeploy({ context, output }: DeployChoice): EmulatorDeploy {
  const endpoint = process.env["AWS_ENDPOINT_URL"] || "http://127.0.0.1:4566";
  return {
    ...{ target: "localstack", endpoint, output },
    variables: { ...withoutAws(process.env), ...standInVariables(endpoint) },
    context: { ...defaults, ...context },
    directory: resolve(".errand/localstack"),
  };
}

/** The deploy to a MiniStack that has been started. */
export function ministackDeploy(
  { endpoint, variables, directory }: Ministack,
  { context, output }: DeployChoice,
): EmulatorDeploy {
  return {
    ...{ target: "ministack", endpoint, output, variables, directory },
    context: { ...defaults, ...context },
  };
}

/** Brings an emulator that has just started to where it serves sign-ups. */
export async function deployFresh(deploy: EmulatorDeploy): Promise<Deployed> {
  await bootstrap(deploy);
  const outputs = await deployService(deploy);
  return { deploy, outputs, url: apiUrl(outputs, deploy.endpoint) };
}
