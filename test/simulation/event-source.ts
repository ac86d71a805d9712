import type { QueueSettings } from "../../shared/catalog/queue-settings.ts";
import type { VirtualClock } from "../../shared/clock/virtual-clock.ts";
import type { MemoryQueue } from "../../shared/queue/memory-queue.ts";
import type { QueueName, ReceivedMessage } from "../../shared/queue/queue.ts";
import type { SimulatedProcess } from "./process.ts";

/** A copy of a function behind a queue: works a batch, and answers what failed. */
export interface Worker {
  readonly process: SimulatedProcess;
  /** Whether another deploy has come since it was started. */
  isOutdated(): boolean;
  work(batch: readonly ReceivedMessage[], remaining: () => number): Promise<readonly string[]>;
}

/** What came of one batch. */
export interface BatchEnd {
  readonly batch: readonly ReceivedMessage[];
  /** The ids that failed; undefined where the process died. */
  readonly failed: readonly string[] | undefined;
  /** How long the process stood still meanwhile, in ms. */
  readonly paused: number;
}

/** For how long Lambda keeps a copy that has nothing to do. */
const keptMilliseconds = 600_000;

/** Lambda's event source on the virtual clock: warm copies, batches, partial answers, and an end to a function that takes too long. */
export function createEventSource(queue: MemoryQueue, clock: VirtualClock) {
  const waiting = new Map<QueueName, Set<() => void>>();
  /** Functions that were ended for taking too long. */
  const overruns: string[] = [];
  queue.onSend((name) => {
    for (const wake of waiting.get(name) ?? []) wake();
  });

  /** Until something is sent or hidden, or a message becomes visible. */
  function nextMessage(name: QueueName): Promise<void> {
    return new Promise((resolve) => {
      const sleepers = waiting.get(name) ?? new Set();
      waiting.set(name, sleepers);
      const at = queue.nextVisibleAt(name);
      const cancel = at === undefined ? () => {} : clock.after(Math.max(1, at - clock.now()), wake);
      function wake(): void {
        cancel();
        sleepers.delete(wake);
        resolve();
      }
      sleepers.add(wake);
    });
  }

  async function invoke(
    name: QueueName,
    batch: readonly ReceivedMessage[],
    seconds: number,
    { process, work }: Worker,
  ): Promise<BatchEnd> {
    const end = clock.now() + seconds * 1000;
    const pausedBefore = process.paused();
    const paused = () => process.paused() - pausedBefore;
    const gaveUp = Promise.withResolvers<undefined>();
    const cancel = clock.after(seconds * 1000, () => {
      // What stood still can't be ended from outside, as on a machine of one's own: it goes on later, with nobody listening.
      if (paused() > 0) return gaveUp.resolve(undefined);
      overruns.push(name);
      process.kill();
    });
    const failed = await Promise.race([work(batch, () => end - clock.now()), process.died, gaveUp.promise]);
    cancel();
    // A process that died answers nothing, and its batch comes again.
    for (const { id, receipt } of failed ? batch : []) if (!failed?.includes(id)) queue.remove(name, receipt);
    return { batch, failed: failed ?? undefined, paused: paused() };
  }

  return {
    overruns,
    /** One copy of the function: polls for ever. `heard` gets the end of each batch. */
    async poll(
      name: QueueName,
      settings: QueueSettings,
      start: () => Worker,
      heard: (end: BatchEnd) => void = () => {},
    ): Promise<never> {
      const {
        batchSize: max,
        visibilityTimeoutSeconds: visibilitySeconds,
        functionTimeoutSeconds,
      } = settings;
      let worker: Worker | undefined;
      let idleSince = clock.now();
      for (;;) {
        const batch = queue.receive(name, { max, visibilitySeconds });
        if (batch.length === 0) {
          await nextMessage(name);
          continue;
        }
        const isCold =
          !worker?.process.isAlive() || worker.isOutdated() || clock.now() > idleSince + keptMilliseconds;
        if (!worker || isCold) worker = start();
        const end = await invoke(name, batch, functionTimeoutSeconds, worker);
        if (!end.failed) worker = undefined;
        heard(end);
        idleSince = clock.now();
      }
    },
  };
}
