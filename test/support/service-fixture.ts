import { createApi } from "../../functions/api/api.ts";
import { catalog } from "../../functions/catalog.ts";
import { createHandler as createProfileHandler } from "../../functions/create-profile/handler.ts";
import { createProfile } from "../../functions/create-profile/job.ts";
import type { Profile } from "../../functions/create-profile/profiles.ts";
import { createHandler as createReceiptHandler } from "../../functions/render-receipt/handler.ts";
import { renderReceipt } from "../../functions/render-receipt/job.ts";
import { createHandler as createMailHandler } from "../../functions/send-welcome-email/handler.ts";
import { sendWelcomeEmail } from "../../functions/send-welcome-email/job.ts";
import type { MailMessage } from "../../functions/send-welcome-email/mailer.ts";
import type { JobHandler } from "../../shared/catalog/handler.ts";
import type { JobDefinition } from "../../shared/catalog/job.ts";
import { standardProfile } from "../../shared/catalog/queue-settings.ts";
import { createClaimCheck } from "../../shared/claim-check/claim-check.ts";
import { createMemoryPayloadStore } from "../../shared/claim-check/memory-payload-store.ts";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";
import { createConsumer } from "../../shared/consumer/consumer.ts";
import { createDispatcher } from "../../shared/dispatcher/dispatcher.ts";
import { createLedger } from "../../shared/ledger/ledger.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import type { Table } from "../../shared/ledger/table.ts";
import { jsonLog } from "../../shared/log/stream-log.ts";
import { createProducer } from "../../shared/producer/producer.ts";
import { createMemoryQueue } from "../../shared/queue/memory-queue.ts";
import {
  deadLetterQueue,
  dispatchQueue,
  type QueueName,
  type ReceivedMessage,
} from "../../shared/queue/queue.ts";
import { start } from "./builders.ts";
import { createManualClock } from "./clock-manual.ts";

export interface ServiceFixtureOptions {
  /** Called with what a handler hands to mail, profiles or files: to throw. Default nothing. */
  readonly onEffect?: (effect: unknown) => void;
  /** What stands around the table. */
  readonly around?: (table: Table) => Table;
}

/** The product's API, dispatcher and workers with their own handlers, over memory adapters; and each line that they log. */
export function createServiceFixture({
  onEffect = () => {},
  around = (table) => table,
}: ServiceFixtureOptions = {}) {
  const lines: string[] = [];
  const clock = createManualClock(start);
  const entropy = createSeededEntropy(1);
  const names = [dispatchQueue, ...catalog.jobs.keys()];
  const queues = names.flatMap((name) => [name, deadLetterQueue(name)]);
  const queue = createMemoryQueue({ queues, clock, entropy });
  const engine = {
    ...{ catalog, clock, entropy, queue, profile: standardProfile },
    ledger: createLedger({ table: around(createMemoryTable()), clock }),
    claimCheck: createClaimCheck({ store: createMemoryPayloadStore() }),
    log: jsonLog((line) => lines.push(line)),
  };
  const services = createServices(onEffect);
  const worker = <Input>(job: JobDefinition, handler: JobHandler<Input>) => {
    const consumer = createConsumer({ ...engine, job, handler, onStuck: () => {} });
    return (batch: readonly ReceivedMessage[]) => consumer.process(batch, () => 900_000);
  };
  const dispatcher = createDispatcher(engine);
  const workers = new Map<QueueName, (batch: readonly ReceivedMessage[]) => Promise<readonly string[]>>([
    [dispatchQueue, (batch) => dispatcher.process(batch)],
    [
      sendWelcomeEmail.name,
      worker(
        sendWelcomeEmail,
        createMailHandler({ mailer: services.mailer, from: "Errand <hello@example.com>" }),
      ),
    ],
    [createProfile.name, worker(createProfile, createProfileHandler(services))],
    [renderReceipt.name, worker(renderReceipt, createReceiptHandler(services))],
  ]);

  return {
    ...{ lines, clock, queue, jobs: [...catalog.jobs.keys()] },
    api: createApi({ ...engine, producer: createProducer(engine), files: services.files }),
    /** As an event source does: works one batch of a queue and deletes what didn't fail. Answers the batch. */
    async work(name: QueueName): Promise<readonly ReceivedMessage[]> {
      const batch = queue.receive(name, { max: 10, visibilitySeconds: 150 });
      const failed = (await workers.get(name)?.(batch)) ?? [];
      for (const { id, receipt } of batch) if (!failed.includes(id)) queue.remove(name, receipt);
      return batch;
    },
  };
}

export type ServiceFixture = ReturnType<typeof createServiceFixture>;

function createServices(onEffect: (effect: unknown) => void) {
  return {
    mailer: {
      async send(message: MailMessage) {
        onEffect(message);
        return { messageId: message.messageId };
      },
      close: () => {},
    },
    profiles: {
      creatorOf: async () => undefined,
      async add(profile: Profile) {
        onEffect(profile);
        return true;
      },
    },
    files: {
      async put(key: string, bytes: Uint8Array) {
        onEffect({ key, text: Buffer.from(bytes).toString("latin1") });
      },
      url: async (key: string) => `https://files.example/${key}`,
    },
  };
}
