import { resolve } from "node:path";
import { standInVariables, withoutAws } from "../stand-in-environment.ts";
import { bootstrap, deployService, type EmulatorDeploy } from "./deploy-service.ts";
import { type Ministack, startMinistack } from "./ministack.ts";
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

/** Where LocalStack listens, unless AWS_ENDPOINT_URL says otherwise. */
const localstackEndpoint = "http://127.0.0.1:4566";

/** The deploy to a LocalStack that is there. */
export function localstackDeploy(choice: DeployChoice): EmulatorDeploy {
  const endpoint = process.env["AWS_ENDPOINT_URL"] || localstackEndpoint;
  return {
    ...choice,
    target: "localstack",
    variables: { ...withoutAws(process.env), ...standInVariables(endpoint) },
    context: { ...defaults, ...choice.context },
    directory: resolve(".errand/localstack"),
  };
}

/** Brings an emulator that has just started to where it serves sign-ups. */
export async function deployFresh(deploy: EmulatorDeploy): Promise<Deployed> {
  await bootstrap(deploy);
  const outputs = await deployService(deploy);
  return { deploy, outputs, url: apiUrl(outputs, deploy.variables["AWS_ENDPOINT_URL"]) };
}

export interface RunningMinistack extends Deployed {
  readonly ministack: Ministack;
}

/** Installs and starts MiniStack, and deploys to it. Whoever gets it stops it. */
export async function deployToMinistack(
  options: { readonly port: number; readonly enforceIam: boolean },
  choice: DeployChoice,
): Promise<RunningMinistack> {
  const ministack = await startMinistack({ ...options, directory: resolve(".errand/ministack") });
  const { variables, directory } = ministack;
  try {
    const context = { ...defaults, ...choice.context };
    const deployed = await deployFresh({ ...choice, target: "ministack", variables, directory, context });
    return { ministack, ...deployed };
  } catch (error) {
    await ministack.stop();
    throw error;
  }
}
