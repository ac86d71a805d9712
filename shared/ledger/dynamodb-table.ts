import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import type { FlowRecord } from "../flow/flow-record.ts";
import { createExpression } from "./dynamodb-expression.ts";
import { abbreviate, expand } from "./dynamodb-names.ts";
import type { Table, Update, WriteAnswer } from "./table.ts";

/** BatchGetItem takes at most 100 keys. */
const maximumKeys = 100;

/** The ledger's table in DynamoDB: hash key `id` (String), TTL attribute `expires`. */
export function createDynamodbTable({
  client,
  tableName,
}: {
  readonly client: DynamoDBClient;
  readonly tableName: string;
}): Table {
  async function read(ids: readonly string[]): Promise<ReadonlyMap<string, FlowRecord>> {
    const records = new Map<string, FlowRecord>();
    for (let start = 0; start < ids.length; start += maximumKeys) {
      const found = await readMany(client, tableName, ids.slice(start, start + maximumKeys));
      for (const record of found) records.set(record.id, record);
    }
    return records;
  }

  /** The refusing item comes with the refusal; where a server leaves it out (dynalite), it is read then, and only then. */
  async function refused(id: string, error: unknown): Promise<WriteAnswer> {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { applied: false, record: error.Item ? toRecord(error.Item) : (await read([id])).get(id) };
  }

  return {
    async put(record, when) {
      const expression = createExpression();
      const command = new PutItemCommand({
        TableName: tableName,
        Item: marshall(abbreviate(record)),
        ConditionExpression: expression.condition(when),
        ...expression.placeholders(),
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      });
      try {
        await client.send(command);
        return { applied: true, record };
      } catch (error) {
        return refused(record.id, error);
      }
    },
    async update(update) {
      try {
        const { Attributes } = await client.send(updateCommand(tableName, update));
        return { applied: true, record: toRecord(Attributes ?? {}) };
      } catch (error) {
        return refused(update.id, error);
      }
    },
    get: read,
  };
}

function updateCommand(tableName: string, { id, when, set, remove = [] }: Update): UpdateItemCommand {
  const expression = createExpression();
  return new UpdateItemCommand({
    TableName: tableName,
    Key: marshall({ id }),
    UpdateExpression: expression.update(set, remove),
    ConditionExpression: expression.condition(when),
    ...expression.placeholders(),
    ReturnValues: "ALL_NEW",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
}

async function readMany(
  client: DynamoDBClient,
  tableName: string,
  ids: readonly string[],
): Promise<FlowRecord[]> {
  const records: FlowRecord[] = [];
  let wanted = ids.map((id) => marshall({ id }));
  // An answer over 16 MB, or a throttled one, leaves keys out and says so.
  while (wanted.length > 0) {
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: wanted, ConsistentRead: true } } }),
    );
    records.push(...(Responses?.[tableName] ?? []).map(toRecord));
    const left = UnprocessedKeys?.[tableName]?.Keys ?? [];
    if (left.length === wanted.length) throw new Error("the ledger is throttled: no flow could be read");
    wanted = left as typeof wanted;
  }
  return records;
}

function toRecord(item: Parameters<typeof unmarshall>[0]): FlowRecord {
  return expand(unmarshall(item));
}
