/** Errand's front door: what a service imports, and nothing that it must not rely on. */
export { awsPorts } from "./aws/aws-ports.ts";
export { awsProducer } from "./aws/aws-producer.ts";
export { dynamodbClient, s3Client, sqsClient } from "./aws/clients.ts";
export type { SqsFunction } from "./aws/lambda-sqs.ts";
export { onceReady } from "./aws/once-ready.ts";
export { sqsDispatcher, sqsWorker } from "./aws/sqs-worker.ts";
export { type Catalog, defineCatalog } from "./catalog/catalog.ts";
export { defineFlow, type FlowDefinition } from "./catalog/flow.ts";
export type { JobContext, JobHandler, JobResult } from "./catalog/handler.ts";
export { defineJob, type JobDefinition } from "./catalog/job.ts";
export { PermanentError, RetryAfterError, UnknownOutcomeError } from "./catalog/job-errors.ts";
export {
  type DurationProfile,
  dispatcherLimits,
  durationProfiles,
  type QueueSettings,
  queueSettings,
  recordRetentionSeconds,
  standardProfile,
} from "./catalog/queue-settings.ts";
export {
  describe,
  formatViolation,
  InvalidDefinitionError,
  InvalidInputError,
  type Violation,
} from "./catalog/violation.ts";
export { createClaimCheck } from "./claim-check/claim-check.ts";
export { createS3PayloadStore } from "./claim-check/s3-payload-store.ts";
export { systemClock } from "./clock/clock.ts";
export { systemEntropy } from "./clock/entropy.ts";
export { type FileStore, jobFileKey } from "./files/file-store.ts";
export { createS3FileStore } from "./files/s3-file-store.ts";
export { type FlowView, flowView } from "./flow/flow-view.ts";
export { isFlowId } from "./flow/ids.ts";
export { tokenMatches } from "./flow/token.ts";
export { createDynamodbTable } from "./ledger/dynamodb-table.ts";
export { createLedger, type Ledger } from "./ledger/ledger.ts";
export { jsonLog, readableLog } from "./log/stream-log.ts";
export {
  createProducer,
  IdempotencyConflictError,
  type Producer,
  type StartedFlow,
  UnavailableError,
} from "./producer/producer.ts";
export { deadLetterQueue, dispatchQueue, type Queue } from "./queue/queue.ts";
export { createSqsQueue } from "./queue/sqs-queue.ts";
