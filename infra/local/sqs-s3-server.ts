import { DatabaseSync } from "node:sqlite";
import { buildApp } from "fauxqs";
import { PersistenceManager } from "../../node_modules/fauxqs/dist/persistence.js";
import { S3Store } from "../../node_modules/fauxqs/dist/s3/s3Store.js";
import { SnsStore } from "../../node_modules/fauxqs/dist/sns/snsStore.js";
import { SqsStore } from "../../node_modules/fauxqs/dist/sqs/sqsStore.js";
import { loopback } from "./loopback.ts";

export interface SqsS3Server {
  readonly endpoint: string;
  /**
   * Ends every long poll at once from now on, as if its time were over. Who hangs up instead may lose a message for its visibility
   * timeout: fauxqs hands it to the poll that nobody listens to any more.
   */
  endLongPolls(): void;
  stop(): Promise<void>;
}

/**
 * SQS and S3 by fauxqs, on loopback, kept in a SQLite file in `directory`. Put together from its parts, because its own
 * `startFauxqs` listens on all interfaces, and because of what `openStore` mends: docs/decisions/0008-embedded-runtime.md
 */
export async function startSqsS3Server(directory: string): Promise<SqsS3Server> {
  const persistence = openStore(directory);
  const stores = { sqsStore: new SqsStore(), snsStore: new SnsStore(), s3Store: new S3Store() };
  persistence.load(stores.sqsStore, stores.snsStore, stores.s3Store);
  // Only now: what is loaded must not be written again, since a replaced queue takes its messages with it.
  stores.sqsStore.persistence = persistence;
  stores.s3Store.persistence = persistence;
  for (const queue of stores.sqsStore.allQueues()) queue.persistence = persistence;
  const app = buildApp({ logger: false, stores });
  app.addHook("preClose", async () => persistence.close());
  const endpoint = await app.listen({ port: 0, host: loopback });
  let ending: NodeJS.Timeout | undefined;
  return {
    endpoint,
    endLongPolls() {
      // More than once: a poll may still be on its way here, and would then take its 20 s.
      ending ??= setInterval(() => stores.sqsStore.shutdown(), 20);
    },
    async stop() {
      clearInterval(ending);
      await app.close();
    },
  };
}

function openStore(directory: string): PersistenceManager {
  const persistence = new PersistenceManager(directory);
  const database: unknown = Reflect.get(persistence, "db");
  if (!(database instanceof DatabaseSync)) throw new Error("fauxqs: a SQLite database, got another store");
  // Each call is a transaction. Without a wait for the disk a `kill -9` loses none; a crash of the machine may.
  database.exec("PRAGMA synchronous = OFF");
  // What was in flight when the process ended is in nobody's hands: only this process ever received. It is handed out
  // again at once, not when its visibility timeout is over, so that unfinished flows go on within seconds.
  database.exec("UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL");
  // fauxqs 2.4.1 writes NULL into a NOT NULL column when a message is given back (visibility 0): the call fails, and the
  // message is gone until the next start.
  const giveBack = database.prepare(
    "UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?",
  );
  persistence.updateMessageReady = (messageId) => void giveBack.run(messageId);
  return persistence;
}
