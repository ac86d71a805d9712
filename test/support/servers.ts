import { type AwsServer, startAwsServer } from "./aws-server.ts";
import { type DynamodbServer, startDynamodbServer } from "./dynamodb-server.ts";

export type Servers = AwsServer & DynamodbServer;

/**
 * SQS, S3 and DynamoDB in memory on loopback ports of their own, with clients and helpers to create what a test needs.
 * `stop()` closes all of it; the leak check fails a test file that forgets to call it.
 */
export async function startServers(): Promise<Servers> {
  const aws = await startAwsServer();
  const dynamodb = await startDynamodbServer();
  const stop = async () => {
    await Promise.all([aws.stop(), dynamodb.stop()]);
  };
  return { ...aws, ...dynamodb, stop };
}
