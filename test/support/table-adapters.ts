import type { FlowRecord } from "../../shared/flow/flow-record.ts";
import { ownNames } from "../../shared/ledger/dynamodb-names.ts";
import { createDynamodbTable, createTable } from "../../shared/ledger/dynamodb-table.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import type { Identified, Table } from "../../shared/ledger/table.ts";
import { type DynamodbServer, startDynamodbServer } from "./dynamodb-server.ts";

export interface TableAdapter<Item extends Identified = FlowRecord> {
  /** An empty table. */
  create(): Promise<Table<Item>>;
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

/** The same for records of another kind, which stand in the ledger's table under names of their own. */
export function otherTableAdapters<Item extends Identified>(): readonly (readonly [
  string,
  () => Promise<TableAdapter<Item>>,
])[] {
  return [
    ["memory", async () => ({ create: async () => createMemoryTable<Item>(), stop: async () => {} })],
    [
      "DynamoDB",
      async () => {
        const { dynamodb: client, createTable: make, stop } = await startDynamodbServer();
        let tables = 0;
        return {
          async create() {
            const tableName = `others-${tables++}`;
            await make(tableName);
            return createTable<Item>({ client, tableName, names: ownNames() });
          },
          stop,
        };
      },
    ],
  ];
}
