import { createBreakers } from "../breaker/breakers.ts";
import { createClaimCheck } from "../claim-check/claim-check.ts";
import { createS3PayloadStore } from "../claim-check/s3-payload-store.ts";
import { systemClock } from "../clock/clock.ts";
import { systemEntropy } from "../clock/entropy.ts";
import { ownNames } from "../ledger/dynamodb-names.ts";
import { createDynamodbTable, createTable } from "../ledger/dynamodb-table.ts";
import { createLedger } from "../ledger/ledger.ts";
import { createSqsQueue } from "../queue/sqs-queue.ts";
import { createSubscriptions } from "../subscription/subscriptions.ts";
import type { WebhookItem } from "../webhook/records.ts";
import { dynamodbClient, s3Client, sqsClient } from "./clients.ts";

/** What the engine needs to know of the account that it runs on. */
export interface AwsResources {
  readonly ledgerTable: string;
  readonly payloadBucket: string;
  /** By the catalog's queue names. */
  readonly queueUrls: Readonly<Record<string, string>>;
}

/** What the ledger's table keeps, for a function that sends nothing and works no queue. */
export function awsLedger(ledgerTable: string) {
  const place = { client: dynamodbClient(), tableName: ledgerTable };
  return {
    ledger: createLedger({ table: createDynamodbTable(place), clock: systemClock }),
    subscriptions: createSubscriptions({
      table: createTable({ ...place, names: ownNames() }),
      clock: systemClock,
    }),
    clock: systemClock,
  };
}

/** The engine's ports over AWS. Region, credentials and endpoints come from the environment. */
export function awsPorts({ ledgerTable, payloadBucket, queueUrls }: AwsResources) {
  const place = { client: dynamodbClient(), tableName: ledgerTable };
  return {
    ledger: createLedger({ table: createDynamodbTable(place), clock: systemClock }),
    breakers: createBreakers({ table: createTable({ ...place, names: ownNames() }), clock: systemClock }),
    subscriptions: createSubscriptions({
      table: createTable({ ...place, names: ownNames() }),
      clock: systemClock,
    }),
    webhookItems: createTable<WebhookItem>({ ...place, names: ownNames() }),
    queue: createSqsQueue({ client: sqsClient(), urls: queueUrls }),
    claimCheck: createClaimCheck({
      store: createS3PayloadStore({ client: s3Client, bucket: payloadBucket }),
    }),
    clock: systemClock,
    entropy: systemEntropy,
  };
}
