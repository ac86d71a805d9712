import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { deployFresh, localstackDeploy, ministackDeploy } from "../../infra/deploy/emulators.ts";
import { startMinistack } from "../../infra/deploy/ministack.ts";
import { type Outputs, readOutputs } from "../../infra/deploy/outputs.ts";
import { awsVariables, resourceVariables } from "../../infra/local/local-environment.ts";
import { workerFunctions } from "../../infra/local/worker-functions.ts";
import { withoutAws } from "../../infra/stand-in-environment.ts";
import { durationProfiles } from "../../shared/index.ts";
import { startEmbedded, stateDirectory } from "../support/embedded.ts";
import type { Options } from "./options.ts";
import { encodeOperator, type Place, placeOf } from "./place.ts";
import { encodeDeploy } from "./redeploy.ts";
import { catalog } from "./service/catalog.ts";
import { allowedOrigin } from "./targets.ts";

/** A target that the suite can run against. */
export interface Started {
  readonly place: Place;
  /** What it has to say where the suite failed. */
  lastLines(): string;
  stop(): Promise<void>;
}

/**
 * The target that the options name: started here, or there already.
 * @throws DeployError where it can't be started or found.
 */
export async function startTarget(options: Options): Promise<Started> {
  const { target, outputs: file, url } = options;
  if (file === undefined) return target === "embedded" ? embedded() : ministack(options);
  // Whatever was deployed last wrote the file: production must not be signed up to 200 times, and tidied up.
  const outputs = readOutputs(file, "errand-test-");
  const place = target === "localstack" ? localstack(outputs) : placeOf(outputs, process.env);
  return {
    place: { ...place, url: url ?? place.url },
    lastLines: () => "",
    stop: async () => {},
  };
}

async function embedded(): Promise<Started> {
  const state = stateDirectory();
  const directory = fileURLToPath(new URL("service", import.meta.url));
  const service = await startEmbedded(
    ...[state.path, "--service", directory],
    // In processes of their own: a job that kills its worker must not take the service with it.
    ...["--isolate", "--local-webhooks", "--cors-origin", allowedOrigin],
    // So that 200 sign-ups at once pass, and a flood doesn't.
    ...["--client-rate", "300"],
  );
  const functions = workerFunctions(catalog, durationProfiles.short);
  const environment = {
    ...withoutAws(process.env),
    ...resourceVariables(service, functions),
    ...awsVariables(service),
    ...encodeOperator("--state", state.path),
  };
  return {
    place: { url: `http://127.0.0.1:${service.port}`, environment },
    lastLines: service.output,
    async stop() {
      await service.end("SIGINT");
      state.remove();
    },
  };
}

async function ministack({ enforceIam }: Options): Promise<Started> {
  const ministack = await startMinistack({ port: 0, enforceIam, directory: resolve(".errand/ministack") });
  try {
    const choice = { context: { stage: "test" }, output: "quiet" } as const;
    const { outputs, deploy } = await deployFresh(ministackDeploy(ministack, choice));
    const place = placeOf(outputs, { ...deploy.variables, ...encodeDeploy(deploy) });
    return { place, lastLines: ministack.log, stop: ministack.stop };
  } catch (error) {
    await ministack.stop();
    throw error;
  }
}

/** Deployed before, by `npm run deploy:localstack`: how, is known. */
function localstack(outputs: Outputs): Place {
  const deploy = localstackDeploy({ context: { stage: "test" }, output: "quiet" });
  return placeOf(outputs, { ...deploy.variables, ...encodeDeploy(deploy) });
}
