import { systemClock } from "../clock/clock.ts";
import { ownNames } from "../ledger/dynamodb-names.ts";
import { createTable } from "../ledger/dynamodb-table.ts";
import { createDailyLimit, type DailyLimit, type DailyLimitOptions } from "../rate/daily-limit.ts";
import type { AwsResources } from "./aws-ports.ts";
import { dynamodbClient } from "./clients.ts";

/** A daily limit that all workers share, in the ledger's table. */
export function awsDailyLimit({
  ledgerTable,
  ...options
}: DailyLimitOptions & Pick<AwsResources, "ledgerTable">): DailyLimit {
  const table = { client: dynamodbClient(), tableName: ledgerTable };
  return createDailyLimit({
    ...options,
    table: createTable({ ...table, names: ownNames() }),
    clock: systemClock,
  });
}
