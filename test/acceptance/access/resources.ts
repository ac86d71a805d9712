import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { readEnvironment } from "../../../functions/environment.ts";
import { createEventSources } from "../../../infra/operator/event-sources.ts";
import { createSqsQueue, dynamodbClient, sqsClient } from "../../../shared/aws/index.ts";
import { deadLetterQueue, webhookQueue } from "../../../shared/index.ts";
import { readRefusals } from "./refusals.ts";

/** A message set aside. */
export interface DeadLetter {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A message to be sent: numbers are Number attributes. */
export interface HandmadeMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/**
 * Tables, buckets, queues and log groups of the target, looked at through the AWS SDK. Their names are in the variables that the
 * functions read too (`functions/environment.ts`); endpoints and credentials in the SDK's own.
 */
export function openResources() {
  const environment = readEnvironment();
  const [dynamodb, sqs, logs] = [dynamodbClient(), sqsClient(), new CloudWatchLogsClient()];
  // Emulators have no host for each bucket.
  const s3 = new S3Client({ forcePathStyle: true, responseChecksumValidation: "WHEN_REQUIRED" });
  const buckets = {
    files: environment.required("FILES_BUCKET"),
    payloads: environment.required("PAYLOAD_BUCKET"),
    uploads: environment.required("UPLOADS_BUCKET"),
  };
  const queueUrls = environment.queueUrls();
  const queue = createSqsQueue({ client: sqs, urls: queueUrls });
  return {
    profiles: openTable(dynamodb, environment.required("PROFILES_TABLE")),
    ledger: openTable(dynamodb, environment.required("LEDGER_TABLE")),
    files: openBucket(s3, buckets.files),
    payloads: openBucket(s3, buckets.payloads),
    uploads: openBucket(s3, buckets.uploads),
    /** A message as nobody but the service itself sends it. */
    async send(name: string, message: HandmadeMessage): Promise<void> {
      const [failure] = await queue.send(name, [message]);
      if (failure) throw new Error(`${name}: a message, got ${failure.reason}`);
    },
    /** Switches a queue's event source on, as a deploy does. */
    switchOn: (queue: string) => createEventSources(queueUrls).set(queue, true),
    takeDeadLetters: (queue: string, isMine: (letter: DeadLetter) => boolean) =>
      takeDeadLetters(sqs, queueUrls[deadLetterQueue(queue)], isMine),
    /**
     * How many messages wait for a worker or are in one's hands; neither delayed ones nor dead letters. Default of all queues but
     * `webhook`, where a message may wait for days for somebody's webhook, and finds no flow then.
     */
    async waiting(only?: string): Promise<number> {
      const all = Object.keys(queueUrls).filter((name) => !name.endsWith(deadLetterQueue("")));
      const names = only === undefined ? all.filter((name) => name !== webhookQueue) : [only];
      const depths = await Promise.all(names.map((name) => queue.depth(name)));
      return depths.reduce((sum, { visible, inFlight }) => sum + visible + inFlight, 0);
    },
    refusals: (since: number) => readRefusals(logs, since),
    close() {
      for (const client of [dynamodb, sqs, s3, logs]) client.destroy();
    },
  };
}

export type Resources = ReturnType<typeof openResources>;

function openTable(client: DynamoDBClient, TableName: string) {
  return {
    async read(id: string): Promise<Readonly<Record<string, unknown>> | undefined> {
      const command = new GetItemCommand({ TableName, Key: { id: { S: id } }, ConsistentRead: true });
      const { Item } = await client.send(command);
      return Item && unmarshall(Item);
    },
    async write(item: Readonly<Record<string, unknown>>): Promise<void> {
      await client.send(new PutItemCommand({ TableName, Item: marshall(item) }));
    },
    async remove(id: string): Promise<void> {
      await client.send(new DeleteItemCommand({ TableName, Key: { id: { S: id } } }));
    },
  };
}

function openBucket(client: S3Client, Bucket: string) {
  return {
    name: Bucket,
    async list(Prefix: string): Promise<readonly string[]> {
      const keys: string[] = [];
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
        keys.push(...Contents.map(({ Key = "" }) => Key));
      }
      return keys;
    },
    async read(Key: string): Promise<string> {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToString()) ?? "";
    },
    async readBytes(Key: string): Promise<Buffer> {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
    async remove(Key: string): Promise<void> {
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    },
  };
}

/** Letters of somebody else's flows come back soon; a second look may find what the first didn't. */
const hiddenSeconds = 5;

async function takeDeadLetters(
  client: SQSClient,
  QueueUrl: string | undefined,
  isMine: (letter: DeadLetter) => boolean,
): Promise<readonly DeadLetter[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: hiddenSeconds,
      WaitTimeSeconds: 1,
      MessageAttributeNames: ["All"],
    }),
  );
  const found = Messages.map((message) => ({ message, letter: letterOf(message) }));
  const mine = found.filter(({ letter }) => isMine(letter));
  for (const { message } of mine) {
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  }
  return mine.map(({ letter }) => letter);
}

function letterOf({ Body = "", MessageAttributes = {} }: Message): DeadLetter {
  const attributes = Object.entries(MessageAttributes).map(([name, { StringValue = "" }]) => [
    name,
    StringValue,
  ]);
  return { body: Body, attributes: Object.fromEntries(attributes) };
}
