import { mkdirSync } from "node:fs";
import dynalite from "dynalite";
import { listen, loopback } from "./loopback.ts";

export interface DynamodbServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * DynamoDB by dynalite, on loopback, kept in `directory`. Its LevelDB hands each write to the operating system before it
 * is answered, so a `kill -9` loses none; a crash of the machine may.
 */
export async function startDynamodbServer(directory: string): Promise<DynamodbServer> {
  mkdirSync(directory, { recursive: true });
  const server = dynalite({ path: directory, createTableMs: 0 });
  const port = await listen(server);
  return {
    endpoint: `http://${loopback}:${port}`,
    async stop() {
      const closed = new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
      });
      server.closeAllConnections();
      await closed;
    },
  };
}
