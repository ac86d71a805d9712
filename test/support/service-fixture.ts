import { createApi } from "../../functions/api/api.ts";
import { catalog } from "../../functions/catalog.ts";
import { createHandler as createProfileHandler } from "../../functions/create-profile/handler.ts";
import { createProfile } from "../../functions/create-profile/job.ts";
import type { Profile } from "../../functions/create-profile/profiles.ts";
import { createHandler as createReceiptHandler } from "../../functions/render-receipt/handler.ts";
import { renderReceipt } from "../../functions/render-receipt/job.ts";
import { createHandler as createAvatarHandler } from "../../functions/resize-avatar/handler.ts";
import { resizeAvatar } from "../../functions/resize-avatar/job.ts";
import { createHandler as createMailHandler } from "../../functions/send-welcome-email/handler.ts";
import { sendWelcomeEmail } from "../../functions/send-welcome-email/job.ts";
import type { MailMessage } from "../../functions/send-welcome-email/mailer.ts";
import type { JobHandler } from "../../shared/catalog/handler.ts";
import type { JobDefinition } from "../../shared/catalog/job.ts";
import { createConsumer } from "../../shared/consumer/consumer.ts";
import { createLostCheckArmer } from "../../shared/dispatcher/arm-lost-check.ts";
import { createDispatcher } from "../../shared/dispatcher/dispatcher.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import { jsonLog } from "../../shared/log/stream-log.ts";
import { createProducer } from "../../shared/producer/producer.ts";
import { dispatchQueue, type QueueName, type ReceivedMessage } from "../../shared/queue/queue.ts";
import { createDailyLimit, type DailyUse } from "../../shared/rate/daily-limit.ts";
import { createMemoryService, type MemoryServiceOptions } from "./memory-service.ts";
import { createMemoryUploads } from "./memory-uploads.ts";
import { samplePage } from "./sample-page.ts";

export interface ServiceFixtureOptions extends Pick<MemoryServiceOptions, "around"> {
  /** Called with what a handler hands to mail, profiles or files: to throw. Default nothing. */
  readonly onEffect?: (effect: unknown) => void;
}

/** The product's API, dispatcher and workers with their own handlers, over memory adapters; and each line that they log. */
export function createServiceFixture({ onEffect = () => {}, ...options }: ServiceFixtureOptions = {}) {
  const lines: string[] = [];
  const log = jsonLog((line) => lines.push(line));
  const jobs = [...catalog.jobs.keys()];
  const { ports, clock, queue, batch } = createMemoryService(jobs, { ...options, log });
  const engine = { ...ports, catalog };
  const services = createServices(onEffect);
  const uploads = createMemoryUploads();
  const worker = <Input>(job: JobDefinition, handler: JobHandler<Input>) => {
    const consumer = createConsumer({ ...engine, job, handler, onStuck: () => {} });
    return (messages: readonly ReceivedMessage[]) => consumer.process(messages, () => 900_000);
  };
  const dispatcher = createDispatcher(engine);
  const workers = new Map<QueueName, (messages: readonly ReceivedMessage[]) => Promise<readonly string[]>>([
    [dispatchQueue, (messages) => dispatcher.process(messages)],
    [
      sendWelcomeEmail.name,
      worker(
        sendWelcomeEmail,
        createMailHandler({
          ...{ mailer: services.mailer, from: "Errand <hello@example.com>" },
          dailyLimit: createDailyLimit({
            name: "mail",
            table: createMemoryTable<DailyUse>(),
            clock,
          }),
          mailboxKey: async () => "the service's key",
        }),
      ),
    ],
    [createProfile.name, worker(createProfile, createProfileHandler(services))],
    [renderReceipt.name, worker(renderReceipt, createReceiptHandler(services))],
    [resizeAvatar.name, worker(resizeAvatar, createAvatarHandler({ ...services, uploads: uploads.uploads }))],
  ]);

  return {
    ...{ lines, clock, queue, jobs, uploads, breakers: ports.breakers },
    api: createApi({
      ...{ ...engine, files: services.files, uploads: uploads.uploads },
      ...{ producer: createProducer(engine), armLostCheck: createLostCheckArmer(engine) },
      page: async () => samplePage,
      pageOrigins: async () => ["https://files.example"],
    }),
    /** Works one batch of a queue. Answers the batch. */
    work: (name: QueueName) => batch(name, 150, workers.get(name) ?? (async () => [])),
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
