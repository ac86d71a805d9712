import type { Breaker } from "../../shared/breaker/breaker.ts";
import { createBreakers } from "../../shared/breaker/breakers.ts";
import type { Catalog } from "../../shared/catalog/catalog.ts";
import type { JobHandler } from "../../shared/catalog/handler.ts";
import type { JobDefinition } from "../../shared/catalog/job.ts";
import { queueSettings, standardProfile } from "../../shared/catalog/queue-settings.ts";
import { createClaimCheck } from "../../shared/claim-check/claim-check.ts";
import { createMemoryPayloadStore } from "../../shared/claim-check/memory-payload-store.ts";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";
import { createConsumer } from "../../shared/consumer/consumer.ts";
import { createDispatcher } from "../../shared/dispatcher/dispatcher.ts";
import { createLedger } from "../../shared/ledger/ledger.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import type { Table } from "../../shared/ledger/table.ts";
import type { Log } from "../../shared/log/event.ts";
import { createProducer } from "../../shared/producer/producer.ts";
import { createMemoryQueue, type MemoryQueue } from "../../shared/queue/memory-queue.ts";
import {
  deadLetterQueue,
  dispatchQueue,
  type QueueName,
  type ReceivedMessage,
} from "../../shared/queue/queue.ts";
import { start } from "./builders.ts";
import { createManualClock } from "./clock-manual.ts";

export interface MemoryServiceOptions {
  /** Default nowhere. */
  readonly log?: Log;
  /** What stands around the table. */
  readonly around?: (table: Table) => Table;
  /** What stands around the queue. */
  readonly aroundQueue?: (queue: MemoryQueue) => MemoryQueue;
}

/**
 * The engine over memory adapters, across deploys: each step is taken by the catalog or the definition that is given, as
 * by the deploy which has it. Queues, ledger and time stay.
 */
export function createMemoryService(
  jobs: readonly QueueName[],
  { log = () => {}, around = (table) => table, aroundQueue = (queue) => queue }: MemoryServiceOptions = {},
) {
  const clock = createManualClock(start);
  const entropy = createSeededEntropy(1);
  const queues = [dispatchQueue, ...jobs].flatMap((name) => [name, deadLetterQueue(name)]);
  const queue = aroundQueue(createMemoryQueue({ queues, clock, entropy }));
  const ledger = createLedger({ table: around(createMemoryTable()), clock });
  const claimCheck = createClaimCheck({ store: createMemoryPayloadStore() });
  const breakers = createBreakers({ table: createMemoryTable<Breaker>(), clock });
  const ports = { ledger, breakers, queue, claimCheck, clock, entropy, log, profile: standardProfile };

  /** As an event source does: works one batch of a queue and deletes what didn't fail. Answers the batch. */
  async function batch(
    name: QueueName,
    visibilitySeconds: number,
    process: (messages: readonly ReceivedMessage[]) => Promise<readonly string[]>,
  ): Promise<readonly ReceivedMessage[]> {
    const messages = queue.receive(name, { max: 10, visibilitySeconds });
    const failed = await process(messages);
    for (const { id, receipt } of messages) if (!failed.includes(id)) queue.remove(name, receipt);
    return messages;
  }

  return {
    ports,
    clock,
    queue,
    batch,
    pass: (seconds: number) => clock.pass(seconds * 1000),
    producer: (catalog: Catalog) => createProducer({ ...ports, catalog }),
    /** The dispatcher that a deploy of the catalog has: it knows the queues of its own jobs. */
    async dispatch(catalog: Catalog): Promise<void> {
      const names = [dispatchQueue, ...catalog.jobs.keys()].flatMap((name) => [name, deadLetterQueue(name)]);
      const knows = (name: QueueName) => names.includes(name);
      const known: typeof queue = {
        ...queue,
        send: async (name, messages) =>
          knows(name)
            ? queue.send(name, messages)
            : messages.map((_, index) => ({ index, reason: "unknown" })),
      };
      await batch(dispatchQueue, 120, (messages) =>
        createDispatcher({ ...ports, queue: known, catalog }).process(messages),
      );
    },
    /** The job's worker; answers the inputs that its handler got. */
    async work(
      job: JobDefinition,
      // biome-ignore lint/suspicious/noExplicitAny: as the consumer's own port
      handler: JobHandler<any> = async () => undefined,
    ): Promise<readonly unknown[]> {
      const inputs: unknown[] = [];
      const noting: typeof handler = (input, context) => {
        inputs.push(input);
        return handler(input, context);
      };
      const consumer = createConsumer({
        ...ports,
        job,
        handler: noting,
        onStuck: () => {},
      });
      await batch(job.name, queueSettings(job, standardProfile).visibilityTimeoutSeconds, (messages) =>
        consumer.process(messages, () => 900_000),
      );
      return inputs;
    },
    async job(flow: string, key: string) {
      return (await ledger.read(flow))?.jobs[key];
    },
    letters: (job: QueueName) => queue.messages(deadLetterQueue(job)),
  };
}
