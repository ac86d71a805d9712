import { apiUrl, type Outputs, requiredOutput } from "../../infra/deploy/outputs.ts";
import type { Variables } from "../../infra/deploy/run-cdk.ts";

const operatorVariable = "ERRAND_OPERATOR";

/** How the operator's tool is told of the service: its arguments, as a variable of the suite. */
export function encodeOperator(...args: readonly string[]): Variables {
  return { [operatorVariable]: JSON.stringify(args) };
}

export function operatorArguments(): readonly string[] {
  return JSON.parse(process.env[operatorVariable] ?? "[]") as string[];
}

/** Where the API is, and the environment in which the suite runs against it. */
export interface Place {
  readonly url: string;
  /** The AWS SDK's variables, and those by which the functions, too, find their tables, buckets and queues. */
  readonly environment: Variables;
}

const variablesOf = {
  LedgerTable: "LEDGER_TABLE",
  ProfilesTable: "PROFILES_TABLE",
  PayloadBucket: "PAYLOAD_BUCKET",
  FilesBucket: "FILES_BUCKET",
  UploadsBucket: "UPLOADS_BUCKET",
  QueueUrls: "QUEUE_URLS",
};

/**
 * What the stacks say of themselves, as the suite takes it, in an environment with the AWS SDK's variables.
 * @throws DeployError where an output is missing.
 */
export function placeOf(outputs: Outputs, environment: Variables): Place {
  const names = Object.entries(variablesOf).map(([name, variable]) => [
    variable,
    requiredOutput(outputs, name),
  ]);
  return {
    url: apiUrl(outputs, environment["AWS_ENDPOINT_URL"]),
    environment: {
      ...{ ...environment, ...encodeOperator("--service", "errand-test") },
      ...Object.fromEntries(names),
    },
  };
}
