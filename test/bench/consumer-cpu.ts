import type { Breaker } from "../../shared/breaker/breaker.ts";
import { createBreakers } from "../../shared/breaker/breakers.ts";
import { createMemoryPayloadStore } from "../../shared/claim-check/memory-payload-store.ts";
import { createConsumer } from "../../shared/consumer/consumer.ts";
import type { ConsumerPorts } from "../../shared/consumer/consumer-ports.ts";
import { createDispatcher } from "../../shared/dispatcher/dispatcher.ts";
import {
  createClaimCheck,
  createLedger,
  createProducer,
  dispatchQueue,
  durationProfiles,
  type JobDefinition,
  systemClock,
  systemEntropy,
} from "../../shared/index.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import { createMemoryQueue, type MemoryQueue } from "../../shared/queue/memory-queue.ts";
import type { ReceivedMessage } from "../../shared/queue/queue.ts";
import type { Comparison } from "./measurement.ts";
import { catalog, idleHandler, person, signUp } from "./sign-up.ts";
import { median } from "./statistics.ts";

const rounds = 5;
const signUps = 1000;
/** The bare loop is too short for the clock, so it goes over the messages this often. */
const repeats = 100;

type Batches = readonly (readonly ReceivedMessage[])[];
type Ports = Omit<ConsumerPorts, "job" | "handler" | "queue"> & { readonly queue: MemoryQueue };

/** CPU of the consumer for one message of a batch of ten, all ports in memory, beside a loop that parses and calls. */
export async function measureConsumerCpu(): Promise<readonly Comparison[]> {
  const names = ["send-welcome-email", "create-profile"];
  const figures = names.map((name) => ({ name, ours: [] as number[], peer: [] as number[] }));
  for (let round = 0; round <= rounds; round++) {
    const ports = await dispatchedSignUps();
    for (const { name, ours, peer } of figures) {
      const batches = receiveAll(ports.queue, name);
      const loop = await microseconds(() => bareLoop(name, batches));
      const consumer = await microseconds(() => consume(ports, name, batches));
      // The first round is the compiler's.
      if (round === 0) continue;
      ours.push(consumer / signUps);
      peer.push(loop / signUps / repeats);
    }
  }
  return figures.map(({ name, ours, peer }) => ({
    name: `consumer CPU a message, ${jobOf(name).effect ? "leased" : "not leased"}`,
    ...{ unit: "µs", better: "lower" as const },
    ours: median(ours),
    peer: median(peer),
  }));
}

/** Ports in memory whose job queues hold the jobs of all sign-ups. */
async function dispatchedSignUps(): Promise<Ports> {
  const common = { clock: systemClock, entropy: systemEntropy };
  const queue = createMemoryQueue({ ...common, queues: [dispatchQueue, ...catalog.jobs.keys()] });
  const ports = {
    ...common,
    queue,
    ledger: createLedger({ table: createMemoryTable(), clock: systemClock }),
    breakers: createBreakers({ table: createMemoryTable<Breaker>(), clock: systemClock }),
    claimCheck: createClaimCheck({ store: createMemoryPayloadStore() }),
    profile: durationProfiles.standard,
    log: () => {},
    onStuck: () => {},
  };
  const producer = createProducer({ ...ports, catalog });
  const dispatcher = createDispatcher({ ...ports, catalog });
  for (let index = 0; index < signUps; index++) await producer.start(signUp, person);
  for (const batch of receiveAll(queue, dispatchQueue)) await dispatcher.process(batch);
  return ports;
}

function receiveAll(queue: MemoryQueue, name: string): Batches {
  return Array.from({ length: signUps / 10 }, () =>
    queue.receive(name, { max: 10, visibilitySeconds: 3600 }),
  );
}

async function consume(ports: Ports, name: string, batches: Batches): Promise<void> {
  const consumer = createConsumer({ ...ports, job: jobOf(name), handler: idleHandler(name) });
  for (const batch of batches) {
    const failed = await consumer.process(batch, () => 60_000);
    if (failed.length > 0) throw new Error(`a batch without failures, got ${failed.length}`);
  }
}

async function bareLoop(name: string, batches: Batches): Promise<void> {
  const handler = idleHandler(name);
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const batch of batches) {
      for (const { body } of batch) await handler(JSON.parse(body), undefined as never);
    }
  }
}

/** CPU time of the whole process, the garbage collector's threads included. */
async function microseconds(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function jobOf(name: string): JobDefinition {
  const job = catalog.jobs.get(name);
  if (!job) throw new Error(`job: one of the catalog, got ${name}`);
  return job;
}
