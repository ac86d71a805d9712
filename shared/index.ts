/**
 * Errand's front door: what definitions, handlers and producers need. No AWS SDK comes in by it, so that `cdk synth`, a
 * definition or a test loads none: `aws/index.ts` is the other door.
 */
export { type Catalog, defineCatalog } from "./catalog/catalog.ts";
export { defineFlow, type FlowDefinition } from "./catalog/flow.ts";
export type { JobContext, JobHandler, JobResult } from "./catalog/handler.ts";
export { defineJob, fastestPerSecond, type InputOf, type JobDefinition } from "./catalog/job.ts";
export {
  NotDoneError,
  OutageError,
  PermanentError,
  RetryAfterError,
  UnknownOutcomeError,
} from "./catalog/job-errors.ts";
export {
  type DurationProfile,
  dispatcherLimits,
  dispatchPromisedSeconds,
  durationProfiles,
  promisedSeconds,
  type QueueLimits,
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
export { systemClock } from "./clock/clock.ts";
export { systemEntropy } from "./clock/entropy.ts";
export { createLostCheckArmer } from "./dispatcher/arm-lost-check.ts";
export { type FileStore, jobFileKey } from "./files/file-store.ts";
export type { FlowRecord } from "./flow/flow-record.ts";
export { type FlowView, flowView } from "./flow/flow-view.ts";
export { isFlowId, jobId } from "./flow/ids.ts";
export { jobStatuses } from "./flow/state-machine.ts";
export { tokenMatches } from "./flow/token.ts";
export { createLedger, type Ledger } from "./ledger/ledger.ts";
export {
  type JobMetric,
  jobDimension,
  metricNamespace,
  type ServiceMetric,
  serviceDimension,
} from "./log/emf-metrics.ts";
export { jsonLog, readableLog } from "./log/stream-log.ts";
export {
  createProducer,
  IdempotencyConflictError,
  type Producer,
  type StartedFlow,
  UnavailableError,
} from "./producer/producer.ts";
export { deadLetterQueue, dispatchQueue, type Queue } from "./queue/queue.ts";
export type { RateLimit } from "./rate/rate-limit.ts";
