import type { JobHandler } from "../../shared/catalog/handler.ts";
import type { JobDefinition } from "../../shared/catalog/job.ts";
import { createConsumer } from "../../shared/consumer/consumer.ts";
import type { ConsumerPorts } from "../../shared/consumer/consumer-ports.ts";
import type { JobRecord } from "../../shared/flow/flow-record.ts";
import type { ReceivedMessage } from "../../shared/queue/queue.ts";
import { type Changes, envelopeWith, flowRecord } from "./builders.ts";
import { createEngine, type Engine, type EngineOptions, type person, zoe } from "./engine.ts";

/** The envelope of the test flow's mail. */
export const input = () => envelopeWith({ mail: zoe });

/** An engine with the test flow recorded: a mail and a PDF, the mail as given. */
export async function engineForJobs(
  jobs: Readonly<Record<string, Changes<JobRecord>>> = {},
  options: EngineOptions = {},
): Promise<Engine> {
  const engine = createEngine(options);
  await engine.given(flowRecord({ mail: {}, pdf: {}, ...jobs }));
  return engine;
}

export interface ConsumeOptions extends Partial<Pick<ConsumerPorts, "onStuck">> {
  // biome-ignore lint/suspicious/noExplicitAny: as the consumer's own port
  readonly handler?: JobHandler<any>;
  /** Milliseconds left at each question. Default 15 minutes. */
  readonly remaining?: () => number;
}

/** Works a batch of a job's queue: the ids to be delivered again, and how often the handler ran. */
export async function consume(
  engine: Engine,
  job: JobDefinition<typeof person> | JobDefinition,
  messages: readonly ReceivedMessage[],
  { handler = async () => undefined, remaining = () => 900_000, onStuck = () => {} }: ConsumeOptions = {},
): Promise<{ readonly failed: readonly string[]; readonly ran: number }> {
  let ran = 0;
  const counted: typeof handler = (value, context) => {
    ran++;
    return handler(value, context);
  };
  const consumer = createConsumer({ ...engine.ports, job: job as JobDefinition, handler: counted, onStuck });
  return { failed: await consumer.process(messages, remaining), ran };
}
