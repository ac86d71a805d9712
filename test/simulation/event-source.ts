import type { QueueSettings } from "../../shared/catalog/queue-settings.ts";
import type { VirtualClock } from "../../shared/clock/virtual-clock.ts";
import type { MemoryQueue } from "../../shared/queue/memory-queue.ts";
import type { QueueName, ReceivedMessage } from "../../shared/queue/queue.ts";
import type { SimulatedProcess } from "./process.ts";

/** A function behind a queue: works a batch in a process of its own, and answers what failed. */
export type Work = (
  process: SimulatedProcess,
  batch: readonly ReceivedMessage[],
  remaining: () => number,
) => Promise<readonly string[]>;

/** Lambda's event source on the virtual clock: batches, partial answers, and an end to a function that takes too long. */
export function createEventSource(queue: MemoryQueue, clock: VirtualClock, spawn: () => SimulatedProcess) {
  const waiting = new Map<QueueName, Set<() => void>>();
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
    work: Work,
  ): Promise<void> {
    const process = spawn();
    const end = clock.now() + seconds * 1000;
    const cancel = clock.after(seconds * 1000, () => process.kill());
    const failed = await Promise.race([work(process, batch, () => end - clock.now()), process.died]);
    cancel();
    // A process that died answers nothing, and its batch comes again.
    for (const { id, receipt } of failed ? batch : []) if (!failed?.includes(id)) queue.remove(name, receipt);
  }

  return {
    /** One copy of the function: polls for ever. */
    async poll(name: QueueName, settings: QueueSettings, work: Work): Promise<never> {
      const {
        batchSize: max,
        visibilityTimeoutSeconds: visibilitySeconds,
        functionTimeoutSeconds,
      } = settings;
      for (;;) {
        const batch = queue.receive(name, { max, visibilitySeconds });
        if (batch.length === 0) await nextMessage(name);
        else await invoke(name, batch, functionTimeoutSeconds, work);
      }
    },
  };
}
