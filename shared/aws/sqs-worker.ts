import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { JobHandler } from "../catalog/handler.ts";
import type { JobDefinition } from "../catalog/job.ts";
import { standardProfile } from "../catalog/queue-settings.ts";
import { createConsumer } from "../consumer/consumer.ts";
import type { ConsumerPorts } from "../consumer/consumer-ports.ts";
import { createDispatcher } from "../dispatcher/dispatcher.ts";
import type { DispatcherPorts } from "../dispatcher/dispatcher-ports.ts";
import { jsonLog } from "../log/stream-log.ts";
import { type SqsFunction, sqsFunction } from "./lambda-sqs.ts";
import { onceReady } from "./once-ready.ts";

/** What a worker needs beside its job: the work, and the engine's ports (`awsPorts`). */
export interface WorkerSetup<Input>
  extends Pick<ConsumerPorts, "ledger" | "queue" | "claimCheck" | "clock" | "entropy">,
    Partial<Pick<ConsumerPorts, "log" | "profile" | "onStuck">> {
  readonly handler: JobHandler<Input>;
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
  const consumer = onceReady(async () => createConsumer({ ...defaults, ...(await setup()), job }));
  return sqsFunction(async (messages, remaining) => (await consumer()).process(messages, remaining));
}

/** The Lambda function of the dispatcher. */
export function sqsDispatcher(setup: () => DispatcherPorts): SqsFunction {
  const dispatcher = onceReady(async () => createDispatcher(setup()));
  return sqsFunction(async (messages) => (await dispatcher()).process(messages));
}
