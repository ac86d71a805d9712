import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import type { EnvironmentVariables } from "../../functions/environment.ts";
import { deadLetterQueue } from "../../shared/index.ts";
import { standInAccount, standInRegion, standInVariables } from "../stand-in-environment.ts";
import type { Elsewhere, Options } from "./options.ts";
import type { Servers } from "./servers.ts";
import { uploadsPath } from "./uploads-route.ts";
import type { WorkerFunction } from "./worker-functions.ts";

/** What the local stand-ins are called; in an account each deployment has names of its own. */
export const localNames = {
  ...{ ledger: "ledger", profiles: "profiles" },
  ...{ payloads: "payloads", files: "files", uploads: "uploads" },
};

/** Where the API's own origin takes WebSockets. */
export const socketPath = "/socket";

/** The ARN that the event source names in what it hands to a function. */
export function queueArn(name: string): string {
  return `arn:aws:sqs:${standInRegion}:${standInAccount}:${name}`;
}

/** What a run is made of, as its functions must know it. */
export interface LocalRun extends Omit<Options, "port" | "serviceDirectory"> {
  readonly servers: Servers;
  readonly functions: readonly WorkerFunction[];
  /** Of the management API of the run's own WebSockets. */
  readonly socketEndpoint: string;
}

/** The functions' variables, and the AWS SDK's. */
export function localVariables(run: LocalRun): Readonly<Record<string, string>> {
  const { servers, functions, elsewhere } = run;
  return {
    ...awsVariables(servers),
    // A run signs with a key that nobody knows: by it alone the front of uploads tells its own forms. The stand-ins check none.
    ...(elsewhere.s3 === undefined ? { AWS_SECRET_ACCESS_KEY: randomBytes(30).toString("base64url") } : {}),
    ...everyRunsVariables(run),
    ...askedForVariables(run),
    ...elsewhereVariables(elsewhere, functions),
  };
}

type AskedFor =
  | "MAIL_RATE_PER_SECOND"
  | "CLIENT_RATE_PER_SECOND"
  | "CORS_ORIGINS"
  | "WEBHOOK_URLS"
  | "DEFAULT_WEBHOOKS";

/** No ERRAND_SERVICE: there is no CloudWatch to make metrics of what would stand between the lines. */
type OnlyDeployed = "ERRAND_SERVICE" | "MAIL_CONFIGURATION_SET";

function everyRunsVariables({
  servers,
  functions,
  isolate,
  localWebhooks,
  stateDirectory,
  socketEndpoint,
}: LocalRun): Omit<EnvironmentVariables, OnlyDeployed | AskedFor> {
  return {
    ...resourceVariables(servers, functions),
    MAIL_FROM: "Errand <errand@example.com>",
    MAIL_SERVICE: "smtp",
    MAILBOX_KEY: `file:${resolve(stateDirectory, "mailbox-key")}`,
    MAIL_SMTP_URL: `smtp://127.0.0.1:${servers.mail.port}`,
    UPLOADS_URL: uploadsPath,
    ERRAND_PROFILE: "short",
    ERRAND_LOG: "readable",
    // In a process of its own a stuck worker ends as it does in Lambda; in this one it would take the service with it.
    ERRAND_ON_STUCK: isolate ? "exit" : "abandon",
    LOCAL_WEBHOOKS: localWebhooks ? "allow" : "refuse",
    WEBHOOK_SECRET: `file:${resolve(stateDirectory, "webhook-secret.json")}`,
    SOCKET_URL: socketPath,
    SOCKET_ENDPOINT: socketEndpoint,
  };
}

function askedForVariables({
  mailRate,
  clientRate,
  webhooks,
  corsOrigins,
}: LocalRun): Partial<Pick<EnvironmentVariables, AskedFor>> {
  return {
    ...(mailRate ? { MAIL_RATE_PER_SECOND: mailRate } : {}),
    ...(clientRate ? { CLIENT_RATE_PER_SECOND: clientRate } : {}),
    ...(webhooks.length > 0 ? { WEBHOOK_URLS: webhooks.join(" "), DEFAULT_WEBHOOKS: "told" } : {}),
    ...(corsOrigins.length > 0 ? { CORS_ORIGINS: corsOrigins.join(",") } : {}),
  };
}

/** Writes them into an environment. Every `AWS_*` that was there goes first: nothing may meet the user's own account. */
export function useLocalVariables(
  target: Record<string, string | undefined>,
  variables: Readonly<Record<string, string>>,
): void {
  for (const name of Object.keys(target)) if (name.startsWith("AWS_")) delete target[name];
  Object.assign(target, variables);
}

/** What stands in the place of the stand-ins' own. */
function elsewhereVariables({ smtp, sqs, s3, dynamodb }: Elsewhere, functions: readonly WorkerFunction[]) {
  return {
    ...(smtp === undefined ? {} : { MAIL_SMTP_URL: smtp }),
    ...(s3 === undefined ? {} : { AWS_ENDPOINT_URL_S3: s3 }),
    ...(dynamodb === undefined ? {} : { AWS_ENDPOINT_URL_DYNAMODB: dynamodb }),
    ...(sqs === undefined
      ? {}
      : { AWS_ENDPOINT_URL_SQS: sqs, QUEUE_URLS: JSON.stringify(queueUrls(sqs, functions)) }),
  };
}

type Endpoints = Pick<Servers, "sqsS3Endpoint" | "dynamodbEndpoint">;

/** Where the functions, and whoever looks over their shoulder, find tables, buckets and queues. */
export function resourceVariables({ sqsS3Endpoint }: Endpoints, functions: readonly WorkerFunction[]) {
  return {
    LEDGER_TABLE: localNames.ledger,
    PROFILES_TABLE: localNames.profiles,
    PAYLOAD_BUCKET: localNames.payloads,
    FILES_BUCKET: localNames.files,
    UPLOADS_BUCKET: localNames.uploads,
    QUEUE_URLS: JSON.stringify(queueUrls(sqsS3Endpoint, functions)),
  };
}

/** The AWS SDK's own. */
export function awsVariables({ sqsS3Endpoint, dynamodbEndpoint }: Endpoints): Record<string, string> {
  return { ...standInVariables(sqsS3Endpoint), AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint };
}

function queueUrls(endpoint: string, functions: readonly WorkerFunction[]): Readonly<Record<string, string>> {
  const names = functions.flatMap(({ name }) => [name, deadLetterQueue(name)]);
  return Object.fromEntries(names.map((name) => [name, `${endpoint}/${standInAccount}/${name}`]));
}
