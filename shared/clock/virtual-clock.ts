import type { Clock } from "./clock.ts";
import { createMinHeap } from "./min-heap.ts";

/** A clock that goes only when it is told to: for simulations and tests. */
export interface VirtualClock extends Clock {
  /** Resolves when `milliseconds` of virtual time have passed. */
  sleep(milliseconds: number): Promise<void>;
  /**
   * Lets time pass, timer by timer, until `done` holds, no timer is left, or the next one is past `limit` (ms since
   * 1970). Between two timers everything that promises can do without time is done.
   */
  run(options?: { readonly done?: () => boolean; readonly limit?: number }): Promise<void>;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
  cancelled: boolean;
}

/** A virtual clock that starts at `start` (ms since 1970). Of two timers for the same time the older one comes first. */
export function createVirtualClock(start = Date.UTC(2026, 0, 1)): VirtualClock {
  const timers = createMinHeap<Timer>((one, other) =>
    one.at === other.at ? one.order < other.order : one.at < other.at,
  );
  let now = start;
  let order = 0;

  function after(milliseconds: number, callback: () => void): () => void {
    const at = now + Math.max(0, Math.ceil(milliseconds));
    const timer = { at, order: order++, callback, cancelled: false };
    timers.push(timer);
    return () => {
      timer.cancelled = true;
    };
  }

  function next(): Timer | undefined {
    while (timers.peek()?.cancelled) timers.pop();
    return timers.peek();
  }

  return {
    now: () => now,
    after,
    sleep: (milliseconds) => new Promise((resolve) => after(milliseconds, resolve)),
    async run({ done = () => false, limit = Number.POSITIVE_INFINITY } = {}) {
      for (let count = 1; ; count++) {
        await settled(count);
        const timer = next();
        if (done() || !timer || timer.at > limit) return;
        timers.pop();
        now = timer.at;
        timer.callback();
      }
    },
  };
}

/**
 * A tick of Node's later every chain of promises has run as far as it can; a turn of its event loop would take a fifth of
 * a simulation's time [measured]. That comes now and then, for signals and for a test runner's own timers.
 */
function settled(count: number): Promise<void> {
  return new Promise((resolve) => (count % 1000 === 0 ? setImmediate(resolve) : process.nextTick(resolve)));
}
