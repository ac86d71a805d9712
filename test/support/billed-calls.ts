import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type ConsumedCapacity,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import type { Message, MessageAttributeValue, SQSClient } from "@aws-sdk/client-sqs";

/** One request as AWS bills it. */
export interface BilledCall {
  readonly step: string;
  /** The API's name: `PutItem`. */
  readonly operation: string;
  readonly kind: keyof typeof dollarsPerMillion;
  /** SQS: chunks of 64 KiB of what the request carries. DynamoDB: write units of 1 KB, read units of 4 KB. */
  readonly units: number;
}

/** What a step is told by. */
export interface Call {
  readonly operation: string;
  readonly input: object;
}

/** us-east-1, on demand: https://aws.amazon.com/sqs/pricing/ and https://aws.amazon.com/dynamodb/pricing/on-demand/ */
export const dollarsPerMillion = { sqs: 0.4, write: 0.625, read: 0.125 } as const;

/**
 * Counts what SQS and DynamoDB would bill for every call of these clients from now on, each attempt of a retried call
 * and each refused condition included. The answer grows with the calls.
 */
export function countBilledCalls(
  { sqs, dynamodb }: { readonly sqs: SQSClient; readonly dynamodb: DynamoDBClient },
  stepOf: (call: Call) => string,
): readonly BilledCall[] {
  const calls: BilledCall[] = [];
  const add = (command: string | undefined, input: object, kind: BilledCall["kind"], units: number) => {
    const operation = operationOf(command);
    calls.push({ step: stepOf({ operation, input }), operation, kind, units });
  };
  // Low priority is the innermost place of this step: behind the retries, so that each attempt is seen.
  const place = { step: "finalizeRequest", priority: "low", name: "countBilledCalls" } as const;
  sqs.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        const carried = { ...args.input, ...result.output } as Carried;
        add(commandName, args.input, "sqs", chunks(carriedBytes(carried)));
        return result;
      },
    place,
  );
  dynamodb.middlewareStack.add(
    (next) => (args) => next({ ...args, input: { ...args.input, ReturnConsumedCapacity: "TOTAL" } }),
    { step: "initialize", name: "returnConsumedCapacity" },
  );
  dynamodb.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const kind = /^(Put|Update|Delete|BatchWrite)/.test(commandName ?? "") ? "write" : "read";
        try {
          const result = await next(args);
          add(commandName, args.input, kind, consumedUnits(result.output));
          return result;
        } catch (error) {
          if (error instanceof ConditionalCheckFailedException)
            add(commandName, args.input, kind, refusedUnits(args.input, error));
          throw error;
        }
      },
    place,
  );
  return calls;
}

function operationOf(command = "unknown"): string {
  return command.replace(/Command$/, "");
}

/** Each action is billed by what it carries together: a batch of ten small messages is one request. */
function chunks(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 65_536));
}

/** What a request or its answer carries of messages, whichever action it was. */
interface Carried {
  readonly MessageBody?: string;
  readonly MessageAttributes?: Record<string, MessageAttributeValue>;
  readonly Entries?: readonly Carried[];
  readonly Messages?: readonly Message[];
}

function carriedBytes({ MessageBody = "", MessageAttributes = {}, Entries = [], Messages = [] }: Carried) {
  let bytes = Buffer.byteLength(MessageBody);
  for (const [name, { DataType = "", StringValue = "" }] of Object.entries(MessageAttributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType) + Buffer.byteLength(StringValue);
  }
  for (const entry of Entries) bytes += carriedBytes(entry);
  for (const { Body = "", MessageAttributes: attributes = {} } of Messages) {
    bytes += carriedBytes({ MessageBody: Body, MessageAttributes: attributes });
  }
  return bytes;
}

/** A batch answers with one figure a table. */
function consumedUnits(output: object): number {
  const { ConsumedCapacity } = output as { ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] };
  const consumed = [ConsumedCapacity ?? []].flat();
  return consumed.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

/** A refused write is billed by the larger of the item there is and the one that was to be. dynalite returns neither. */
function refusedUnits(input: object, { Item: refusing = {} }: ConditionalCheckFailedException): number {
  const { Item = {} } = input as { Item?: Record<string, AttributeValue> };
  return Math.max(1, Math.ceil(Math.max(itemBytes(Item), itemBytes(refusing)) / 1024));
}

/** The size of an item as DynamoDB counts it: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
export function itemBytes(item: Readonly<Record<string, AttributeValue>>): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  );
}

function valueBytes({ S, N, M, L }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  // One byte for two significant digits, and one more.
  if (N !== undefined) return Math.ceil(N.replace(/^0+|[-.]|0+$/g, "").length / 2) + 1;
  if (M !== undefined) return 3 + Object.keys(M).length + itemBytes(M);
  if (L !== undefined) return 3 + L.length + L.reduce((sum, value) => sum + valueBytes(value), 0);
  return 1;
}
