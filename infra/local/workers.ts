import { SQSClient } from "@aws-sdk/client-sqs";
import { createSqsQueue } from "../../shared/aws/index.ts";
import { deadLetterQueue, type Queue } from "../../shared/index.ts";
import { type EventSource, startEventSource } from "./event-source.ts";
import { createInProcessInvoker } from "./invoke-in-process.ts";
import { createIsolatedInvoker } from "./invoke-isolated.ts";
import type { Invoker } from "./invoker.ts";
import { queueArn } from "./local-environment.ts";
import type { Service } from "./service.ts";
import type { WorkerFunction } from "./worker-functions.ts";

export interface Workers {
  /** By queue: messages by state, those set aside, and the size of the largest that came. */
  depths(): Promise<Readonly<Record<string, QueueReport>>>;
  /** Starts nothing more, and resolves when what runs has ended. */
  stop(): Promise<void>;
}

export interface QueueReport {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  readonly deadLetters: number;
  /** Since the start, as SQS counts: bytes of body and attributes. */
  readonly largestMessageBytes: number;
}

/** An event source for each function, over the queues of the environment. */
export async function startWorkers(
  functions: readonly WorkerFunction[],
  urls: Readonly<Record<string, string>>,
  { service, isolate }: { readonly service: Pick<Service, "directory">; readonly isolate: boolean },
): Promise<Workers> {
  // A long poll takes 20 s; beyond 30 s there is no answer to be had.
  const client = new SQSClient({ requestHandler: { socketTimeout: 30_000 } });
  const invokers = await Promise.all(
    functions.map(({ name }) => createInvoker(service.directory, name, isolate)),
  );
  const sources = functions.map((worker, index) => startSource(worker, invokers[index]));

  function startSource({ name, settings }: WorkerFunction, invoker: Invoker | undefined): EventSource {
    if (!invoker) throw new Error(`no invoker for ${name}`);
    const warn = (reason: string) => warnOf(name, reason);
    return startEventSource({
      ...{ client, settings, invoker, warn },
      ...{ queueUrl: urls[name] ?? "", queueArn: queueArn(name) },
    });
  }

  const queue = createSqsQueue({ client, urls });
  return {
    async depths() {
      const entries = functions.map(
        async ({ name }, index) => [name, await reportOf(queue, name, sources[index])] as const,
      );
      return Object.fromEntries(await Promise.all(entries));
    },
    async stop() {
      await Promise.all(sources.map((source) => source.stop()));
      await Promise.all(invokers.map((invoker) => invoker.stop()));
      client.destroy();
    },
  };
}

async function reportOf(queue: Queue, name: string, source: EventSource | undefined): Promise<QueueReport> {
  const [depth, letters] = await Promise.all([queue.depth(name), queue.depth(deadLetterQueue(name))]);
  const deadLetters = letters.visible + letters.inFlight + letters.delayed;
  return { ...depth, deadLetters, largestMessageBytes: source?.largestMessageBytes() ?? 0 };
}

async function createInvoker(directory: string, name: string, isolate: boolean): Promise<Invoker> {
  return isolate ? createIsolatedInvoker(directory, name) : createInProcessInvoker(directory, name);
}

/** In the form of the engine's own readable lines. */
function warnOf(queue: string, reason: string): void {
  const time = new Date().toISOString().slice(11, 23);
  process.stdout.write(`${time} ! ${"invocation.failed".padEnd(21)} ${queue}  "${reason}"\n`);
}
