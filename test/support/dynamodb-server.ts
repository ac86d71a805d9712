import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { Readable } from "node:stream";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { close, LOCAL_CLIENT, LOOPBACK, listen } from "./loopback.ts";

export interface DynamodbServer {
  dynamodb: DynamoDBClient;
  dynamodbEndpoint: string;
  /** Creates a table, billed on demand, whose key is the string `id`. */
  createTable: (name: string) => Promise<void>;
  /** Destroys the client and ends the server; resolves when no handle is left. */
  stop: () => Promise<void>;
}

/**
 * A DynamoDB in memory on a free loopback port: dynalite, or with ERRAND_DYNAMODB=dynoxide the stricter Dynoxide, whose
 * binary `dynoxide` must be on the PATH.
 */
export async function startDynamodbServer(): Promise<DynamodbServer> {
  const { port, stop } = await startByKind(process.env["ERRAND_DYNAMODB"] ?? "dynalite");
  const dynamodbEndpoint = `http://${LOOPBACK}:${port}`;
  const dynamodb = new DynamoDBClient({ ...LOCAL_CLIENT, endpoint: dynamodbEndpoint });
  return {
    dynamodb,
    dynamodbEndpoint,
    createTable: async (name) => {
      await dynamodb.send(
        new CreateTableCommand({
          TableName: name,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        }),
      );
    },
    stop: async () => {
      dynamodb.destroy();
      await stop();
    },
  };
}

interface Started {
  port: number;
  stop: () => Promise<void>;
}

function startByKind(kind: string): Promise<Started> {
  if (kind === "dynalite") return startDynalite();
  if (kind === "dynoxide") return startDynoxide();
  throw new Error(`ERRAND_DYNAMODB: one of dynalite, dynoxide, got ${kind}`);
}

async function startDynalite(): Promise<Started> {
  const server = dynalite({ createTableMs: 0 });
  return { port: await listen(server), stop: () => close(server) };
}

async function startDynoxide(): Promise<Started> {
  // With port 0 it doesn't tell which it got, so a free one is found first; another process could take it in between.
  const probe = createServer();
  const port = await listen(probe);
  await close(probe);
  const child = spawn("dynoxide", ["serve", "--port", `${port}`], { stdio: ["ignore", "ignore", "pipe"] });
  await once(child, "spawn");
  const exited = once(child, "exit");
  await untilPrinted(child.stderr, "listening on");
  const stop = async () => {
    child.kill("SIGKILL"); // nothing on disk to flush
    await exited;
  };
  return { port, stop };
}

/** Resolves when the stream has printed the words; afterwards the stream is drained, so that its writer never blocks. */
async function untilPrinted(stream: Readable, words: string): Promise<void> {
  let printed = "";
  await new Promise<void>((resolve, reject) => {
    stream.on("data", (chunk) => {
      printed += chunk;
      if (printed.includes(words)) resolve();
    });
    stream.on("end", () => reject(new Error(`ended before it printed "${words}": ${printed}`)));
  });
}
