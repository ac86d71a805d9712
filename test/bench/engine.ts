import {
  createDynamodbTable,
  createSqsQueue,
  type SqsFunction,
  sqsDispatcher,
  sqsWorker,
} from "../../shared/aws/index.ts";
import { createBreakers } from "../../shared/breaker/breakers.ts";
import { createMemoryPayloadStore } from "../../shared/claim-check/memory-payload-store.ts";
import type { FlowRecord } from "../../shared/flow/flow-record.ts";
import {
  createClaimCheck,
  createLedger,
  createProducer,
  type DurationProfile,
  deadLetterQueue,
  dispatcherLimits,
  dispatchQueue,
  durationProfiles,
  notifyLimits,
  notifyQueue,
  type Producer,
  queueSettings,
  systemClock,
  systemEntropy,
  webhookLimits,
  webhookQueue,
} from "../../shared/index.ts";
import { ownNames } from "../../shared/ledger/dynamodb-names.ts";
import { createTable } from "../../shared/ledger/dynamodb-table.ts";
import type { Log } from "../../shared/log/event.ts";
import type { Servers } from "../support/servers.ts";
import type { EventSource } from "./event-source.ts";
import { lambdaSource } from "./lambda-source.ts";
import { catalog, idleHandler } from "./sign-up.ts";

/** The engine as deployed, over SQS and DynamoDB of these servers. */
export interface Engine {
  readonly producer: Producer;
  readonly dispatch: EventSource;
  readonly jobs: readonly EventSource[];
  readonly table: string;
  read(flow: string): Promise<FlowRecord | undefined>;
}

/** Creates the engine's queues and table; once for one set of servers. */
export async function createBenchEngine(
  servers: Servers,
  {
    profile = durationProfiles.standard,
    log = () => {},
  }: { readonly profile?: DurationProfile; readonly log?: Log } = {},
): Promise<Engine> {
  const table = "ledger";
  await servers.createTable(table);
  const urls = await createQueues(servers, profile);
  const ports = {
    ...{ catalog, profile, log, clock: systemClock, entropy: systemEntropy },
    ledger: createLedger({
      table: createDynamodbTable({ client: servers.dynamodb, tableName: table }),
      clock: systemClock,
    }),
    breakers: createBreakers({
      table: createTable({ client: servers.dynamodb, tableName: table, names: ownNames() }),
      clock: systemClock,
    }),
    queue: createSqsQueue({ client: servers.sqs, urls }),
    claimCheck: createClaimCheck({ store: createMemoryPayloadStore() }),
    onStuck: () => {},
  };
  const source = (name: string, limits: Parameters<typeof queueSettings>[0], handler: SqsFunction) =>
    lambdaSource(servers.sqs, { url: urls[name] ?? "", handler, limits, profile });
  return {
    producer: createProducer(ports),
    dispatch: source(
      dispatchQueue,
      dispatcherLimits,
      sqsDispatcher(() => ports),
    ),
    jobs: [...catalog.jobs.values()].map((job) =>
      source(
        job.name,
        job,
        sqsWorker(job, () => ({ ...ports, handler: idleHandler(job.name) })),
      ),
    ),
    table,
    read: (flow) => ports.ledger.read(flow),
  };
}

async function createQueues(servers: Servers, profile: DurationProfile): Promise<Record<string, string>> {
  const limits = [
    [dispatchQueue, dispatcherLimits] as const,
    [notifyQueue, notifyLimits] as const,
    [webhookQueue, webhookLimits] as const,
    ...catalog.jobs,
  ];
  const urls: Record<string, string> = {};
  for (const [name, limit] of limits) {
    const { visibilityTimeoutSeconds } = queueSettings(limit, profile);
    urls[name] = await servers.createQueue(name, { VisibilityTimeout: `${visibilityTimeoutSeconds}` });
    urls[deadLetterQueue(name)] = await servers.createQueue(deadLetterQueue(name));
  }
  return urls;
}
