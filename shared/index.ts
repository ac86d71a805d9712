/**
 * Errand's front door: what definitions, handlers and producers need. No AWS SDK comes in by it, so that `cdk synth`, a
 * definition or a test loads none: `aws/index.ts` is the other door.
 */
export { type Breaker, breakerName, isOpen, openReason, openSince } from "./breaker/breaker.ts";
export type { Breakers } from "./breaker/breakers.ts";
export { type Catalog, defineCatalog, dependenciesOf } from "./catalog/catalog.ts";
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
  noticePromisedSeconds,
  notifyLimits,
  promisedSeconds,
  type QueueLimits,
  type QueueSettings,
  queueSettings,
  recordRetentionSeconds,
  standardProfile,
  webhookLimits,
} from "./catalog/queue-settings.ts";
export {
  describe,
  formatViolation,
  InvalidDefinitionError,
  InvalidInputError,
  parseInput,
  type Violation,
} from "./catalog/violation.ts";
export { createClaimCheck } from "./claim-check/claim-check.ts";
export { type Clock, systemClock } from "./clock/clock.ts";
export { type Entropy, systemEntropy } from "./clock/entropy.ts";
export { createLostCheckArmer } from "./dispatcher/arm-lost-check.ts";
export { parseEnvelope } from "./envelope/envelope.ts";
export { type FileStore, jobFileKey } from "./files/file-store.ts";
export { definitionName, type FlowRecord, type JobRecord, jobOf } from "./flow/flow-record.ts";
export { type FlowView, flowView } from "./flow/flow-view.ts";
export { flowIdOfKey, idPattern, isFlowId, jobId, parseJobId, randomId } from "./flow/ids.ts";
export { flowStatus, jobStatuses } from "./flow/state-machine.ts";
export { tokenMatches } from "./flow/token.ts";
export { onceReady } from "./lazy/once-ready.ts";
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
  maximumUrlBytes,
  type NotifyOption,
  parseDefaultWebhooks,
  parseNotify,
  parseWebhookUrl,
} from "./notification/notify-option.ts";
export { createGuardedPost } from "./outbound/guarded-post.ts";
export { createProducer, type Producer, type StartedFlow } from "./producer/producer.ts";
export { IdempotencyConflictError, UnavailableError } from "./producer/start-errors.ts";
export {
  deadLetterQueue,
  dispatchQueue,
  isJobQueue,
  notifyQueue,
  type Queue,
  webhookQueue,
} from "./queue/queue.ts";
export type { DailyLimit } from "./rate/daily-limit.ts";
export type { RateLimit } from "./rate/rate-limit.ts";
export type { Letter } from "./redrive/letter-box.ts";
export { type LetterSummary, summaryOf } from "./redrive/letter-summary.ts";
export { lookAtLetters } from "./redrive/read-letters.ts";
export type { RedrivePorts } from "./redrive/redrive-letter.ts";
export { type Outcome, redriveLetters } from "./redrive/redrive-letters.ts";
export { createFileSecretStore } from "./secret/file-secret-store.ts";
export type { SecretPlace, SecretStore } from "./secret/secret-store.ts";
export { mostSubscribers, mostSubscriptions, type Subscriptions } from "./subscription/subscriptions.ts";
export { enableEndpoint } from "./webhook/endpoints.ts";
export { cachedSecret, createMasterSecretStore, type MasterSecretStore } from "./webhook/master-secret.ts";
export { originSecrets, rotationSeconds } from "./webhook/origin-secret.ts";
export { createDeliveryReader, type ReadDeliveries } from "./webhook/read-deliveries.ts";
export { endpointLine, type Line } from "./webhook/records.ts";
export { createWebhookChannel } from "./webhook/webhook-channel.ts";
