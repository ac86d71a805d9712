import { systemClock } from "../clock/clock.ts";
import { systemEntropy } from "../clock/entropy.ts";
import { ownNames } from "../ledger/dynamodb-names.ts";
import { createTable } from "../ledger/dynamodb-table.ts";
import { createRateLimit, type RateLimit, type RateLimitOptions } from "../rate/rate-limit.ts";
import type { AwsResources } from "./aws-ports.ts";
import { dynamodbClient } from "./clients.ts";

/** A rate that all workers share, in the ledger's table. */
export function awsRateLimit({
  ledgerTable,
  ...options
}: RateLimitOptions & Pick<AwsResources, "ledgerTable">): RateLimit {
  const table = { client: dynamodbClient(), tableName: ledgerTable };
  return createRateLimit({
    ...options,
    table: createTable({ ...table, names: ownNames() }),
    clock: systemClock,
    entropy: systemEntropy,
  });
}
