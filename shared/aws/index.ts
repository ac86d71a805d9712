/** Errand on AWS: the engine's ports, and the functions around it. */

export { createS3FileStore } from "../files/s3-file-store.ts";
export { createDynamodbTable } from "../ledger/dynamodb-table.ts";
export { createSqsQueue } from "../queue/sqs-queue.ts";
export { createSqsLetterBox } from "../redrive/sqs-letter-box.ts";
export { awsDailyLimit } from "./aws-daily-limit.ts";
export { awsJobError } from "./aws-job-error.ts";
export { awsLedger, awsPorts } from "./aws-ports.ts";
export { awsProducer } from "./aws-producer.ts";
export { awsRateLimit } from "./aws-rate-limit.ts";
export { dynamodbClient, s3Client, sqsClient } from "./clients.ts";
export type { SqsFunction } from "./lambda-sqs.ts";
export { ssmSecretStore } from "./secret-store.ts";
export { sqsDispatcher, sqsPushWorker, sqsWebhookWorker, sqsWorker } from "./sqs-worker.ts";
