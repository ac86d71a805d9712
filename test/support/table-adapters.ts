import { createDynamodbTable } from "../../shared/ledger/dynamodb-table.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import type { Table } from "../../shared/ledger/table.ts";
import { type DynamodbServer, startDynamodbServer } from "./dynamodb-server.ts";

export interface TableAdapter {
  /** An empty table. */
  create(): Promise<Table>;
  stop(): Promise<void>;
}

/** What the table's contract is run on, by name. */
export const tableAdapters: readonly (readonly [string, () => Promise<TableAdapter>])[] = [
  ["memory", async () => ({ create: async () => createMemoryTable(), stop: async () => {} })],
  ["DynamoDB", startDynamodbAdapter],
];

async function startDynamodbAdapter(): Promise<TableAdapter> {
  const server = await startDynamodbServer();
  let tables = 0;
  return {
    create: () => createTableOn(server, `ledger-${tables++}`),
    stop: server.stop,
  };
}

export async function createTableOn(server: DynamodbServer, tableName: string): Promise<Table> {
  await server.createTable(tableName);
  return createDynamodbTable({ client: server.dynamodb, tableName });
}
