import {
  CreateTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { BucketAlreadyOwnedByYou, CreateBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  type QueueAttributeName,
  SetQueueAttributesCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { dynamodbClient, s3Client, sqsClient } from "../../shared/aws/index.ts";
import { deadLetterQueue, type QueueSettings } from "../../shared/index.ts";
import { localNames, queueArn } from "./local-environment.ts";
import type { WorkerFunction } from "./worker-functions.ts";

/** Creates what is missing of queues, tables and buckets, and brings the queues' attributes up to date. */
export async function provision(
  functions: readonly WorkerFunction[],
  queueUrls: Readonly<Record<string, string>>,
): Promise<void> {
  const [sqs, s3, dynamodb] = [sqsClient(), await s3Client(), dynamodbClient()];
  try {
    await Promise.all([
      ...functions.map((worker) => provisionQueues(sqs, worker, queueUrls)),
      ...[localNames.ledger, localNames.profiles].map((name) => provisionTable(dynamodb, name)),
      ...[localNames.payloads, localNames.files, localNames.uploads].map((name) => provisionBucket(s3, name)),
    ]);
  } finally {
    for (const client of [sqs, s3, dynamodb]) client.destroy();
  }
}

async function provisionQueues(
  sqs: SQSClient,
  { name, settings }: WorkerFunction,
  urls: Readonly<Record<string, string>>,
): Promise<void> {
  const letters = deadLetterQueue(name);
  await provisionQueue(sqs, letters, urls[letters], {
    MessageRetentionPeriod: `${settings.deadLetterRetentionSeconds}`,
  });
  await provisionQueue(sqs, name, urls[name], {
    VisibilityTimeout: `${settings.visibilityTimeoutSeconds}`,
    MessageRetentionPeriod: `${settings.retentionSeconds}`,
    RedrivePolicy: redrivePolicy(letters, settings),
  });
}

/** An empty one takes away what an earlier run has set. */
function redrivePolicy(letters: string, { maxReceiveCount }: QueueSettings): string {
  if (maxReceiveCount === undefined) return "";
  return JSON.stringify({ deadLetterTargetArn: queueArn(letters), maxReceiveCount });
}

/**
 * Created bare, which succeeds again where it is there already: with attributes, changed ones would be refused. The URL
 * of the answer is not for use: it names the port of the run that created the queue.
 */
async function provisionQueue(
  sqs: SQSClient,
  name: string,
  url: string | undefined,
  attributes: Partial<Record<QueueAttributeName, string>>,
): Promise<void> {
  await sqs.send(new CreateQueueCommand({ QueueName: name }));
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: attributes }));
}

async function provisionTable(dynamodb: DynamoDBClient, name: string): Promise<void> {
  try {
    await dynamodb.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      }),
    );
  } catch (error) {
    // There already: of a run before, or by a try of this call whose answer came too late on a busy machine.
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 10, minDelay: 1 }, { TableName: name });
}

async function provisionBucket(s3: S3Client, name: string): Promise<void> {
  try {
    await s3.send(new CreateBucketCommand({ Bucket: name }));
  } catch (error) {
    if (!(error instanceof BucketAlreadyOwnedByYou)) throw error;
  }
}
