import {
  createClaimCheck,
  createDynamodbTable,
  createLedger,
  createS3PayloadStore,
  createSqsQueue,
  dynamodbClient,
  jsonLog,
  readableLog,
  s3Client,
  sqsClient,
  systemClock,
  systemEntropy,
} from "../shared/index.ts";
import { catalog } from "./catalog.ts";
import type { Environment } from "./environment.ts";

/** The engine's ports over AWS, for any function of this service. */
export function createEngine(environment: Environment) {
  const onStuck = environment.onStuck();
  const table = createDynamodbTable({
    client: dynamodbClient(),
    tableName: environment.required("LEDGER_TABLE"),
  });
  return {
    catalog,
    ledger: createLedger({ table, clock: systemClock }),
    queue: createSqsQueue({ client: sqsClient(), urls: environment.queueUrls() }),
    claimCheck: createClaimCheck({
      store: createS3PayloadStore({ client: s3Client, bucket: environment.required("PAYLOAD_BUCKET") }),
    }),
    clock: systemClock,
    entropy: systemEntropy,
    log: environment.log() === "readable" ? readableLog() : jsonLog(),
    profile: environment.profile(),
    // Lambda starts a new process for the next batch; what ran in this one is over.
    onStuck: () => (onStuck === "exit" ? process.exit(1) : undefined),
  };
}
