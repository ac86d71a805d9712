import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { onceReady } from "../lazy/once-ready.ts";

/**
 * Clients as the engine needs them. Region, credentials and endpoints come from the environment, as for any SDK
 * client. Retries stay on: every write of the engine is safe to repeat. `@__PURE__`: a bundle leaves out, with its SDK, what it doesn't use.
 */

/**
 * A service may accept a call and never answer. Three tries of 2 s with the pauses between them are over after 6.2 s
 * [measured], so a job of 10 s still hears that its service is out of reach. By default there is no limit, and DynamoDB has four
 * tries. What counts is silence: the SDK's `requestTimeout` only warns unless told otherwise, and would count the whole
 * time of a large upload. S3 itself advises to try again after 2 s:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance-guidelines.html
 */
const limits = limitsOf(2_000);

function limitsOf(silentMilliseconds: number) {
  const requestHandler = { connectionTimeout: silentMilliseconds, socketTimeout: silentMilliseconds };
  return { maxAttempts: 3, requestHandler };
}

/**
 * The endpoint is the region's or the environment's: by default the client would follow a queue URL's host instead,
 * from an emulator even to AWS.
 */
export function sqsClient(): SQSClient {
  return new SQSClient({ ...limits, useQueueUrlAsEndpoint: false });
}

/** Three silent tries are over within the 5 s that every worker keeps for its settle. */
export function dynamodbClient(): DynamoDBClient {
  return new DynamoDBClient(limitsOf(1_400));
}

/** One for the process, made when first used: S3 is for large payloads and files only. */
export const s3Client = /* @__PURE__ */ onceReady(async (): Promise<S3Client> => {
  const { S3Client } = await import("@aws-sdk/client-s3");
  // Some emulators know no checksums but those that S3 demands.
  return new S3Client({
    ...limits,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
});

/** One for the process, made when first used: only who needs a secret of the service has it. */
export const ssmClient = /* @__PURE__ */ onceReady(async (): Promise<SSMClient> => {
  const { SSMClient } = await import("../secret/ssm-parameters.ts");
  return new SSMClient(limits);
});
