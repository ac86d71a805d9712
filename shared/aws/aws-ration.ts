import { systemClock } from "../clock/clock.ts";
import { ownNames } from "../ledger/dynamodb-names.ts";
import { createTable } from "../ledger/dynamodb-table.ts";
import { createRation, type Ration, type RationOptions } from "../rate/ration.ts";
import type { AwsResources } from "./aws-ports.ts";
import { dynamodbClient } from "./clients.ts";

/** Of each key one share a period for all workers of a service, in the ledger's table. */
export function awsRation({
  ledgerTable,
  ...options
}: RationOptions & Pick<AwsResources, "ledgerTable">): Ration {
  const table = { client: dynamodbClient(), tableName: ledgerTable };
  return createRation({
    ...options,
    table: createTable({ ...table, names: ownNames() }),
    clock: systemClock,
  });
}
