import {
  dispatcherLimits,
  type QueueSettings,
  queueSettings,
  standardProfile,
} from "../../shared/catalog/queue-settings.ts";
import { createClaimCheck } from "../../shared/claim-check/claim-check.ts";
import { createMemoryPayloadStore } from "../../shared/claim-check/memory-payload-store.ts";
import { fraction } from "../../shared/clock/entropy.ts";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";
import { createVirtualClock } from "../../shared/clock/virtual-clock.ts";
import { createConsumer } from "../../shared/consumer/consumer.ts";
import { createDispatcher } from "../../shared/dispatcher/dispatcher.ts";
import { createLedger } from "../../shared/ledger/ledger.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import type { Table } from "../../shared/ledger/table.ts";
import type { EngineEvent } from "../../shared/log/event.ts";
import { createProducer } from "../../shared/producer/producer.ts";
import { createMemoryQueue, type Hostility } from "../../shared/queue/memory-queue.ts";
import {
  deadLetterQueue,
  dispatchQueue,
  type Queue,
  type ReceivedMessage,
} from "../../shared/queue/queue.ts";
import { createEffects } from "./effects.ts";
import { catalog, signUp } from "./jobs.ts";
import { observeTable } from "./observed-table.ts";
import { createProcess, type Faults, type SimulatedProcess } from "./process.ts";

export interface WorldOptions {
  readonly seed: number;
  readonly flows: number;
  readonly faults: Faults;
  readonly hostility: Hostility;
  /** Small, so that some bodies are offloaded. */
  readonly thresholdBytes?: number;
}

const day = 24 * 3600 * 1000;

/** The real engine over memory adapters on a virtual clock: clients sign up, event sources poll, processes die. */
export async function runWorld({ seed, flows, faults, hostility, thresholdBytes = 400 }: WorldOptions) {
  const entropy = createSeededEntropy(seed);
  const clock = createVirtualClock();
  const counts = { crashes: 0, errors: 0, lostAnswers: 0, pauses: 0 };
  const names = [dispatchQueue, ...catalog.jobs.keys()];
  const queue = createMemoryQueue({
    queues: names.flatMap((name) => [name, deadLetterQueue(name)]),
    clock,
    entropy,
    hostility,
  });
  const table = observeTable(createMemoryTable());
  const store = createMemoryPayloadStore();
  const effects = createEffects(entropy, clock);
  const events: EngineEvent[] = [];
  const accepted = new Set<string>();
  const wakers = new Map<string, Set<() => void>>(names.map((name) => [name, new Set()]));
  let clients = flows;
  queue.onSend((name) => {
    for (const wake of wakers.get(name) ?? []) wake();
  });

  const isLost = () => faults.lose > 0 && fraction(entropy) < faults.lose;

  function portsOf(process: SimulatedProcess) {
    const through = <Value>(action: () => Promise<Value>) => process.call(action);
    const reachedTable: Table = {
      put: (record, when) => through(() => table.put(record, when)),
      update: (update) => through(() => table.update(update)),
      get: (ids) => through(() => table.get(ids)),
    };
    const reachedQueue: Queue = {
      send: (name, messages) =>
        through(() =>
          queue.send(
            name,
            messages.filter(() => !catalog.jobs.has(name) || !isLost()),
          ),
        ).catch((error: Error) => messages.map((_, index) => ({ index, reason: error.message }))),
      hide: (name, message, seconds) => through(() => queue.hide(name, message, seconds)),
      depth: (name) => through(() => queue.depth(name)),
    };
    const reachedStore = {
      bucket: store.bucket,
      put: (key: string, bytes: Uint8Array) => through(() => store.put(key, bytes)),
      get: (key: string, most: number) => through(() => store.get(key, most)),
    };
    return {
      catalog,
      ledger: createLedger({ table: reachedTable, clock: process.clock }),
      queue: reachedQueue,
      claimCheck: createClaimCheck({ store: reachedStore, thresholdBytes }),
      clock: process.clock,
      entropy,
      log: (event: EngineEvent) => events.push(event),
      profile: standardProfile,
      onStuck: () => process.kill(),
    };
  }

  const spawn = () => createProcess({ clock, entropy, counts }, faults);

  /** A client repeats with its key until it has its 202, and sometimes once more. */
  async function signUpOnce(index: number): Promise<void> {
    await clock.sleep(fraction(entropy) * 60_000);
    const text = "x".repeat(Math.floor(fraction(entropy) * 400));
    for (let answered = 0; answered < (index % 4 === 0 ? 2 : 1); ) {
      const process = spawn();
      const producer = createProducer(portsOf(process));
      const start = producer.start(signUp, { text }, { idempotencyKey: `sign-up-number-${index}` });
      const answer = await Promise.race([start.catch(() => undefined), process.died]);
      if (answer) {
        accepted.add(answer.flow.id);
        answered++;
      }
      await clock.sleep(1000 + fraction(entropy) * 10_000);
    }
    clients--;
  }

  type Work = (
    process: SimulatedProcess,
    batch: readonly ReceivedMessage[],
    remaining: () => number,
  ) => Promise<readonly string[]>;

  /** One poller of an event source: a batch, a function, and deletes what it did. */
  async function poll(name: string, settings: QueueSettings, work: Work): Promise<never> {
    for (;;) {
      const batch = queue.receive(name, {
        max: settings.batchSize,
        visibilitySeconds: settings.visibilityTimeoutSeconds,
      });
      if (batch.length === 0) {
        await nextMessage(name);
        continue;
      }
      const process = spawn();
      const end = clock.now() + settings.functionTimeoutSeconds * 1000;
      const cancel = clock.after(settings.functionTimeoutSeconds * 1000, () => process.kill());
      const failed = await Promise.race([work(process, batch, () => end - clock.now()), process.died]);
      cancel();
      if (!failed) continue;
      for (const message of batch) if (!failed.includes(message.id)) queue.remove(name, message.receipt);
    }
  }

  function nextMessage(name: string): Promise<void> {
    return new Promise((resolve) => {
      const waiting = wakers.get(name) as Set<() => void>;
      const at = queue.nextVisibleAt(name);
      const cancel = at === undefined ? () => {} : clock.after(Math.max(1, at - clock.now()), wake);
      function wake(): void {
        cancel();
        waiting.delete(wake);
        resolve();
      }
      waiting.add(wake);
    });
  }

  const dispatchSettings = queueSettings(dispatcherLimits, standardProfile);
  for (let worker = 0; worker < 2; worker++) {
    void poll(dispatchQueue, dispatchSettings, (process, batch) =>
      createDispatcher(portsOf(process)).process(batch),
    );
  }
  for (const job of catalog.jobs.values()) {
    for (let worker = 0; worker < job.workers; worker++) {
      void poll(job.name, queueSettings(job, standardProfile), (process, batch, remaining) => {
        const handler = effects.handlerOf(job.name, process);
        return createConsumer({ ...portsOf(process), job, handler }).process(batch, remaining);
      });
    }
  }
  for (let index = 0; index < flows; index++) void signUpOnce(index);

  const isDone = () =>
    clients === 0 && table.openFlows() === 0 && names.every((name) => queue.messages(name).length === 0);
  const started = clock.now();
  await clock.run({ done: isDone, limit: started + 13 * day });
  const letters = [...catalog.jobs.keys()].flatMap((name) => queue.messages(deadLetterQueue(name)));
  return {
    accepted,
    table,
    effects,
    events,
    counts,
    letters,
    done: isDone(),
    lasted: clock.now() - started,
    names,
    queue,
  };
}

export type World = Awaited<ReturnType<typeof runWorld>>;
