import type { Clock } from "./clock.ts";

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
}

/** A virtual clock that starts at `start` (ms since 1970). */
export function createVirtualClock(start = Date.UTC(2026, 0, 1)): VirtualClock {
  const timers = new Set<Timer>();
  let now = start;
  let order = 0;

  function after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: now + Math.max(0, Math.ceil(milliseconds)), order: order++, callback };
    timers.add(timer);
    return () => timers.delete(timer);
  }

  /** A few dozen timers at a time: a scan is quicker than a heap's upkeep. */
  function next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers) {
      if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer;
    }
    return first;
  }

  return {
    now: () => now,
    after,
    sleep: (milliseconds) => new Promise((resolve) => after(milliseconds, resolve)),
    async run({ done = () => false, limit = Number.POSITIVE_INFINITY } = {}) {
      for (;;) {
        await settled();
        const timer = next();
        if (done() || !timer || timer.at > limit) return;
        timers.delete(timer);
        now = timer.at;
        timer.callback();
      }
    },
  };
}

/** A macrotask later every chain of promises has run as far as it can. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
