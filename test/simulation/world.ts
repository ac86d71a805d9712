import type { Breaker } from "../../shared/breaker/breaker.ts";
import type { JobDefinition } from "../../shared/catalog/job.ts";
import { dispatcherLimits, queueSettings, standardProfile } from "../../shared/catalog/queue-settings.ts";
import { createMemoryPayloadStore } from "../../shared/claim-check/memory-payload-store.ts";
import { type Entropy, fraction } from "../../shared/clock/entropy.ts";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";
import { createVirtualClock, type VirtualClock } from "../../shared/clock/virtual-clock.ts";
import { createConsumer } from "../../shared/consumer/consumer.ts";
import { createDispatcher } from "../../shared/dispatcher/dispatcher.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import type { EngineEvent } from "../../shared/log/event.ts";
import { createProducer } from "../../shared/producer/producer.ts";
import { createMemoryQueue, type Hostility } from "../../shared/queue/memory-queue.ts";
import { deadLetterQueue, dispatchQueue } from "../../shared/queue/queue.ts";
import { createEffects } from "./effects.ts";
import { createEventSource } from "./event-source.ts";
import { catalog, refuseAll, signUp } from "./jobs.ts";
import { observeTable } from "./observed-table.ts";
import { createProcess, type Faults, type SimulatedProcess } from "./process.ts";
import { reachedPorts, type Services } from "./reached-ports.ts";

export interface WorldOptions {
  readonly seed: number;
  readonly flows: number;
  readonly faults: Faults;
  readonly hostility: Hostility;
  /** Handlers that do their work and nothing else. Default false. */
  readonly calm?: boolean;
  /** For how many hours the deployed workers' schemas refuse what was accepted. Default 0. */
  readonly refusingHours?: number;
}

const day = 24 * 3600 * 1000;
const names = [dispatchQueue, ...catalog.jobs.keys()];

/** The real engine over memory adapters on a virtual clock: clients sign up, event sources poll, processes die. */
export async function runWorld({
  seed,
  flows,
  faults,
  hostility,
  calm = false,
  refusingHours = 0,
}: WorldOptions) {
  const entropy = createSeededEntropy(seed);
  const clock = createVirtualClock();
  const counts = { crashes: 0, errors: 0, lostAnswers: 0, pauses: 0 };
  const queues = names.flatMap((name) => [name, deadLetterQueue(name)]);
  const queue = createMemoryQueue({ queues, clock, entropy, hostility });
  const table = observeTable(createMemoryTable());
  const effects = createEffects(entropy, clock, calm);
  const events: EngineEvent[] = [];
  const log = (event: EngineEvent) => events.push(event);
  const breakers = createMemoryTable<Breaker>();
  const services = { table, breakers, queue, store: createMemoryPayloadStore(), entropy, faults, log };
  const spawn = () => createProcess({ clock, entropy, counts }, faults);

  const { poll } = createEventSource(queue, clock, spawn);
  const dispatcherSettings = queueSettings(dispatcherLimits, standardProfile);
  for (let copy = 0; copy < 2; copy++) {
    void poll(dispatchQueue, dispatcherSettings, (process, batch) =>
      createDispatcher(reachedPorts(services, process)).process(batch),
    );
  }
  const mendedAt = clock.now() + refusingHours * 3600 * 1000;
  const deployed = (job: JobDefinition) => (clock.now() < mendedAt ? { ...job, input: refuseAll } : job);
  for (const job of catalog.jobs.values()) {
    for (let copy = 0; copy < job.workers; copy++) {
      void poll(job.name, queueSettings(job, standardProfile), (process, batch, remaining) => {
        const handler = effects.handlerOf(process);
        const ports = { ...reachedPorts(services, process), job: deployed(job), handler };
        return createConsumer(ports).process(batch, remaining);
      });
    }
  }
  const clients = createClients(services, { clock, entropy, spawn });
  for (let index = 0; index < flows; index++) void clients.signUp(index);

  const isDone = () =>
    clients.waiting() === 0 &&
    table.openFlows() === 0 &&
    names.every((name) => queue.messages(name).length === 0);
  await clock.run({ done: isDone, limit: clock.now() + 13 * day });
  const letters = [...catalog.jobs.keys()].flatMap((name) => queue.messages(deadLetterQueue(name)));
  return {
    accepted: clients.accepted,
    table,
    effects,
    events,
    counts,
    letters,
    done: isDone(),
    names,
    queue,
  };
}

export type World = Awaited<ReturnType<typeof runWorld>>;

/** Callers who repeat with their key until they have their 202, and every fourth of them once more. */
function createClients(
  services: Services,
  world: { readonly clock: VirtualClock; readonly entropy: Entropy; readonly spawn: () => SimulatedProcess },
) {
  const accepted = new Set<string>();
  let waiting = 0;
  const wait = (leastSeconds: number, mostSeconds: number) =>
    world.clock.sleep((leastSeconds + fraction(world.entropy) * (mostSeconds - leastSeconds)) * 1000);

  async function request(text: string, idempotencyKey: string): Promise<boolean> {
    const process = world.spawn();
    const producer = createProducer(reachedPorts(services, process));
    const start = producer.start(signUp, { text }, { idempotencyKey }).catch(() => undefined);
    const answer = await Promise.race([start, process.died]);
    if (answer) accepted.add(answer.flow.id);
    return answer !== undefined;
  }

  return {
    accepted,
    waiting: () => waiting,
    async signUp(index: number): Promise<void> {
      waiting++;
      await wait(0, 60);
      const text = "x".repeat(Math.floor(fraction(world.entropy) * 400));
      let wanted = index % 4 === 0 ? 2 : 1;
      while (wanted > 0) {
        if (await request(text, `sign-up-number-${index}`)) wanted--;
        await wait(1, 11);
      }
      waiting--;
    },
  };
}
