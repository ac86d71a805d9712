import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Embedded } from "./embedded.ts";
import { LOCAL_CLIENT } from "./loopback.ts";

/** The bytes of every file of a run's state, as they lie on the disk: what was deleted may be among them. */
export function everyFile(directory: string): readonly (readonly [string, Buffer])[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(directory.length + 1), readFileSync(path)] as const;
    });
}

/** The items of a table of the embedded run. */
export async function itemsOf(service: Embedded, table: string): Promise<readonly Record<string, unknown>[]> {
  const client = new DynamoDBClient({ ...LOCAL_CLIENT, endpoint: service.dynamodbEndpoint });
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table, ConsistentRead: true }));
  client.destroy();
  return Items.map((item) => unmarshall(item));
}

/** What stands on the queues of a state directory, hidden and delayed messages too: each message's queue and attributes. */
export function attributesOnQueues(
  directory: string,
): readonly { readonly queue: string; readonly attributes: string }[] {
  return rowsOf(directory, "SELECT queue_name, message_attributes FROM sqs_messages").map((row) => ({
    queue: String(row["queue_name"]),
    attributes: String(row["message_attributes"]),
  }));
}

/** The keys and metadata of every object in every bucket of a state directory, by `<bucket>/<key>`. */
export function objectsIn(directory: string): Readonly<Record<string, string>> {
  const rows = rowsOf(directory, "SELECT bucket, key, metadata, content_disposition FROM s3_objects");
  return Object.fromEntries(rows.map((row) => [`${row["bucket"]}/${row["key"]}`, JSON.stringify(row)]));
}

function rowsOf(directory: string, query: string) {
  const database = new DatabaseSync(join(directory, "sqs-s3", "fauxqs.db"), { readOnly: true });
  try {
    return database.prepare(query).all();
  } finally {
    database.close();
  }
}
