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
import { type StoredNames, shortNames } from "./dynamodb-names.ts";
import type { Condition, Identified, Table, Update, WriteAnswer } from "./table.ts";

/** BatchGetItem takes at most 100 keys. */
const maximumKeys = 100;

interface DynamodbTableOptions<Item extends Identified> {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly names: StoredNames<Item>;
}

/** The ledger's table in DynamoDB: hash key `id` (String), TTL attribute `expires`. */
export function createDynamodbTable(
  options: Omit<DynamodbTableOptions<FlowRecord>, "names">,
): Table<FlowRecord> {
  return createTable({ ...options, names: shortNames });
}

/** Other records in the same table, under names of their own. */
export function createTable<Item extends Identified>(options: DynamodbTableOptions<Item>): Table<Item> {
  const { client, tableName, names } = options;
  const toRecord = (item: Stored): Item => names.expand(unmarshall(item));

  async function read(ids: readonly string[]): Promise<ReadonlyMap<string, Item>> {
    const records = new Map<string, Item>();
    for (let start = 0; start < ids.length; start += maximumKeys) {
      const found = await readMany(client, tableName, ids.slice(start, start + maximumKeys));
      for (const record of found.map(toRecord)) records.set(record.id, record);
    }
    return records;
  }

  /** The refusing item comes with the refusal; where a server leaves it out (dynalite), it is read then, and only then. */
  async function refused(id: string, error: unknown): Promise<WriteAnswer<Item>> {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { applied: false, record: error.Item ? toRecord(error.Item) : (await read([id])).get(id) };
  }

  return {
    async put(record, when) {
      try {
        await client.send(putCommand(options, record, when));
        return { applied: true, record };
      } catch (error) {
        return refused(record.id, error);
      }
    },
    async update(update) {
      try {
        const { Attributes } = await client.send(updateCommand(options, update));
        return { applied: true, record: toRecord(Attributes ?? {}) };
      } catch (error) {
        return refused(update.id, error);
      }
    },
    get: read,
  };
}

function putCommand<Item extends Identified>(
  { tableName, names }: DynamodbTableOptions<Item>,
  record: Item,
  when: Condition,
): PutItemCommand {
  const expression = createExpression(names.storedPath);
  return new PutItemCommand({
    TableName: tableName,
    Item: marshall(names.abbreviate(record)),
    ConditionExpression: expression.condition(when),
    ...expression.placeholders(),
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
}

function updateCommand<Item extends Identified>(
  { tableName, names }: DynamodbTableOptions<Item>,
  { id, when, set, remove = [] }: Update,
): UpdateItemCommand {
  const expression = createExpression(names.storedPath);
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

type Stored = Parameters<typeof unmarshall>[0];

async function readMany(
  client: DynamoDBClient,
  tableName: string,
  ids: readonly string[],
): Promise<readonly Stored[]> {
  const items: Stored[] = [];
  let wanted = ids.map((id) => marshall({ id }));
  // An answer over 16 MB, or a throttled one, leaves keys out and says so.
  while (wanted.length > 0) {
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: wanted, ConsistentRead: true } } }),
    );
    items.push(...(Responses?.[tableName] ?? []));
    const left = UnprocessedKeys?.[tableName]?.Keys ?? [];
    if (left.length === wanted.length) throw new Error("the ledger is throttled: nothing could be read");
    wanted = left as typeof wanted;
  }
  return items;
}
