import { connect } from "node:net";
import { catalog } from "../../functions/catalog.ts";
import { readEnvironment } from "../../functions/environment.ts";
import { openSecretStore } from "../../functions/secret-store.ts";
import { awsPorts, createSqsLetterBox, sqsClient } from "../../shared/aws/index.ts";
import {
  type Breakers,
  type Catalog,
  type createDeliveryReader,
  createMasterSecretStore,
  deadLetterQueue,
  type enableEndpoint,
  type Line,
  type MasterSecretStore,
  type RedrivePorts,
} from "../../shared/index.ts";
import { useLocalVariables } from "../local/local-environment.ts";
import { type RunFile, readRunFile } from "../local/run-file.ts";
import { createEventSources, type EventSources } from "./event-sources.ts";
import { OperatorError } from "./operator-error.ts";
import type { Place } from "./options.ts";
import { readStackOutputs } from "./stack-outputs.ts";

/** A running service, as its operator reaches it. */
export interface Service extends RedrivePorts {
  readonly breakers: Breakers;
  /** Says which fields of a result are public. */
  readonly catalog: Pick<Catalog, "jobs">;
  readonly webhookItems: Parameters<typeof enableEndpoint>[0]["table"] &
    Parameters<typeof createDeliveryReader>[0]["table"];
  readonly webhookSecrets: MasterSecretStore;
  /** A job's each, `dispatch`, `notify` and `webhook`. */
  readonly queues: readonly string[];
  /** What jobs use, by the names of their breakers. */
  readonly dependencies: readonly string[];
  /** The service's own, which are told of every flow. */
  readonly endpoints: readonly Line[];
  /** Undefined in the embedded run, whose event sources can't be switched: a breaker does there alone. */
  readonly eventSources: EventSources | undefined;
}

/**
 * Finds a service, and points this process's environment to it, where SDK clients read it.
 * @throws OperatorError where there is none.
 */
export async function openService(place: Place): Promise<Service> {
  const { variables, dependencies, endpoints } =
    place.kind === "embedded" ? await findRun(place) : await findStacks(place);
  const environment = readEnvironment(variables);
  const urls = environment.queueUrls();
  const names = Object.keys(urls);
  const ports = awsPorts({
    ledgerTable: environment.required("LEDGER_TABLE"),
    payloadBucket: environment.required("PAYLOAD_BUCKET"),
    queueUrls: urls,
  });
  return {
    ...ports,
    catalog,
    webhookSecrets: createMasterSecretStore({
      ...ports,
      store: openSecretStore(environment.secretPlace("WEBHOOK_SECRET")),
    }),
    letters: createSqsLetterBox({ client: sqsClient(), urls }),
    profile: environment.profile(),
    log: () => {},
    queues: names.filter((name) => names.includes(deadLetterQueue(name))),
    dependencies,
    endpoints,
    eventSources: place.kind === "embedded" ? undefined : createEventSources(urls),
  };
}

async function findRun({ stateDirectory }: Extract<Place, { kind: "embedded" }>): Promise<RunFile> {
  const run = readRunFile(stateDirectory);
  if (!run || !(await isListening(run.variables["AWS_ENDPOINT_URL"] ?? ""))) {
    throw new OperatorError(
      `--state: the state directory of a service that runs (npm start), got ${stateDirectory}; a deployed one is found by --service`,
    );
  }
  useLocalVariables(process.env, run.variables);
  return run;
}

/** A run that was killed has left its file. */
async function isListening(endpoint: string): Promise<boolean> {
  if (!URL.canParse(endpoint)) return false;
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const answer = (listens: boolean) => {
      socket.destroy();
      resolve(listens);
    };
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
  });
}

async function findStacks(place: Extract<Place, { kind: "deployed" }>): Promise<RunFile> {
  const { service, profile, region } = place;
  if (profile !== undefined) {
    process.env["AWS_PROFILE"] = profile;
    // Keys in the environment would be taken instead of the profile's.
    for (const name of ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"])
      delete process.env[`AWS_${name}`];
  }
  if (region !== undefined) process.env["AWS_REGION"] = region;
  return readStackOutputs(service);
}
