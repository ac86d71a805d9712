import type { Clock } from "../../shared/clock/clock.ts";

/** A clock that a test sets by hand. */
export interface ManualClock extends Clock {
  /** Passes so many milliseconds, timer by timer, and lets promises do what they can in between. */
  pass(milliseconds: number): Promise<void>;
  /** Timers neither run nor cancelled. */
  readonly pending: number;
}

export function createManualClock(start: number): ManualClock {
  let now = start;
  const timers = new Set<{ at: number; callback: () => void }>();

  return {
    now: () => now,
    after(milliseconds, callback) {
      const timer = { at: now + milliseconds, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async pass(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        const due = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        const [next] = due;
        if (!next) break;
        timers.delete(next);
        now = Math.max(now, next.at);
        next.callback();
      }
      now = end;
    },
    get pending() {
      return timers.size;
    },
  };
}
