import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { JobHandler } from "../catalog/handler.ts";
import type { JobDefinition } from "../catalog/job.ts";
import { standardProfile } from "../catalog/queue-settings.ts";
import { type Consumer, createConsumer } from "../consumer/consumer.ts";
import type { ConsumerPorts } from "../consumer/consumer-ports.ts";
import { createDispatcher } from "../dispatcher/dispatcher.ts";
import type { DispatcherPorts } from "../dispatcher/dispatcher-ports.ts";
import { onceReady } from "../lazy/once-ready.ts";
import { type BatchMetrics, createBatchMetrics } from "../log/emf-metrics.ts";
import { jsonLog } from "../log/stream-log.ts";
import { createPushWorker, type PushWorkerPorts } from "../notification/push-worker.ts";
import { dispatchQueue, notifyQueue, type ReceivedMessage, webhookQueue } from "../queue/queue.ts";
import { isProbe } from "../webhook/probe-message.ts";
import { createWebhookWorker, type WebhookWorkerPorts } from "../webhook/webhook-worker.ts";
import { type SqsFunction, sqsFunction } from "./lambda-sqs.ts";

/** What a worker needs beside its job: the work, and the engine's ports (`awsPorts`). */
export interface WorkerSetup<Input>
  extends Pick<ConsumerPorts, "ledger" | "breakers" | "queue" | "claimCheck" | "clock" | "entropy">,
    Partial<Pick<ConsumerPorts, "log" | "profile" | "onStuck">>,
    Metered {
  readonly handler: JobHandler<Input>;
}

/** Whether metrics are written. */
export interface Metered {
  /** The name under which each batch writes a line of metrics. Default none is written. */
  readonly service?: string | undefined;
}

/** JSON lines, the durations that are deployed, and a new process after a handler that can't be stopped. */
const defaults = { log: jsonLog(), profile: standardProfile, onStuck: () => process.exit(1) };

/**
 * The Lambda function of a job. `setup` runs at the first batch and once: the environment isn't read at import, and a
 * failed setup is tried again with the next batch.
 */
export function sqsWorker<Schema extends StandardSchemaV1>(
  job: JobDefinition<Schema>,
  setup: () =>
    | WorkerSetup<StandardSchemaV1.InferOutput<Schema>>
    | Promise<WorkerSetup<StandardSchemaV1.InferOutput<Schema>>>,
): SqsFunction {
  const consumer = onceReady(async () => {
    const ports = { ...defaults, ...(await setup()), job };
    return measured(job.name, ports, ({ log, write }) => {
      const onStuck = () => {
        // It may end the process, and what was counted with it.
        write();
        ports.onStuck();
      };
      return createConsumer({ ...ports, log, onStuck });
    });
  });
  return sqsFunction(async (messages, remaining) => (await consumer()).process(messages, remaining));
}

/** The Lambda function of the dispatcher. */
export function sqsDispatcher(setup: () => DispatcherPorts & Metered): SqsFunction {
  const dispatcher = onceReady(async () => {
    const ports = setup();
    return measured(dispatchQueue, ports, ({ log }) => createDispatcher({ ...ports, log }));
  });
  return sqsFunction(async (messages, remaining) => (await dispatcher()).process(messages, remaining));
}

/** The Lambda function that tells who watches a flow. */
export function sqsPushWorker(setup: () => PushWorkerPorts & Metered): SqsFunction {
  const worker = onceReady(async () => {
    const ports = setup();
    return measured(notifyQueue, ports, ({ log }) => createPushWorker({ ...ports, log }));
  });
  return sqsFunction(async (messages, remaining) => (await worker()).process(messages, remaining));
}

/** The Lambda function that tells webhooks. */
export function sqsWebhookWorker(setup: () => WebhookWorkerPorts & Metered): SqsFunction {
  const worker = onceReady(async () => {
    const ports = setup();
    // A probe that waits for days, behind an endpoint of somebody's, is nobody's trouble here.
    const isCounted = (message: ReceivedMessage) => !isProbe(message);
    return measured(webhookQueue, ports, ({ log }) => createWebhookWorker({ ...ports, log }), isCounted);
  });
  return sqsFunction(async (messages, remaining) => (await worker()).process(messages, remaining));
}

/** What works batches, with a line of metrics after each where a service is named. */
function measured(
  job: string,
  { service, log, clock }: Pick<DispatcherPorts, "log" | "clock"> & Metered,
  create: (metrics: BatchMetrics) => Consumer,
  isCounted: (message: ReceivedMessage) => boolean = () => true,
): Consumer {
  if (service === undefined) return create({ log, write: () => {} });
  const metrics = createBatchMetrics({ service, job, log, clock });
  const worker = create(metrics);
  return {
    async process(messages, remaining) {
      const returned = await worker.process(messages, remaining);
      metrics.write(messages.filter((message) => returned.includes(message.id) && isCounted(message)));
      return returned;
    },
  };
}
