import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";

/**
 * Clients as the engine needs them. Region, credentials and endpoints come from the environment, as for any SDK
 * client. Retries stay on: every write of the engine is safe to repeat.
 */

/** Time to connect, and for an answer: less than the default of no limit at all, so that a hung call leaves time for a retry. */
const requestHandler = {
  connectionTimeout: 2_000,
  requestTimeout: 8_000,
};

/**
 * The endpoint is the region's or the environment's: by default the client would follow a queue URL's host instead,
 * from an emulator even to AWS.
 */
export function sqsClient(): SQSClient {
  return new SQSClient({ requestHandler, useQueueUrlAsEndpoint: false });
}

export function dynamodbClient(): DynamoDBClient {
  return new DynamoDBClient({ requestHandler });
}

let s3: Promise<S3Client> | undefined;

/** One for the process, made when first used: S3 is for large payloads and files only. */
export function s3Client(): Promise<S3Client> {
  s3 ??= createS3Client();
  return s3;
}

async function createS3Client(): Promise<S3Client> {
  const { S3Client } = await import("@aws-sdk/client-s3");
  // Some emulators know no checksums but those that S3 demands.
  return new S3Client({
    requestHandler,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
}
