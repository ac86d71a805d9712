import { NoTurnError } from "../catalog/job-errors.ts";
import type { Clock } from "../clock/clock.ts";
import { type Entropy, fraction } from "../clock/entropy.ts";
import { above, all, any, below, missing, type Table, type Update } from "../ledger/table.ts";

/** What the ledger keeps of a rate: one item. */
export interface Rate {
  readonly id: string;
  /** When the next turn is free, in ms since 1970. */
  readonly next: number;
}

export interface RateLimit {
  /**
   * Takes the next turn that is free, of all that are 1 ÷ `perSecond` apart, and answers how many milliseconds off it is.
   * A turn that isn't used is lost.
   * @throws NoTurnError, a RetryAfterError, where the next one is further off than `patienceSeconds`: none was taken
   */
  turn(): Promise<number>;
}

export interface RateLimitOptions {
  /** Of the service whose rate it is. */
  readonly name: string;
  /** Turns a second, all workers together: above 0, at most 1000, since each is a write of one item. */
  readonly perSecond: number;
  /** How long a caller can wait for its turn. Default 3. */
  readonly patienceSeconds?: number;
}

/**
 * A rate that all workers of a service share, for what takes fewer calls a second than they make. It costs a write for each
 * turn (0.625 $/M), and now and then a second one where two workers are at odds about the time of the last turn. Turns
 * are never closer together than the rate, so nothing bursts; a clock that is off delays others by as much, and no more.
 */
export function createRateLimit({
  name,
  perSecond,
  patienceSeconds = 3,
  table,
  clock,
  entropy,
}: RateLimitOptions & {
  readonly table: Table<Rate>;
  readonly clock: Clock;
  readonly entropy: Entropy;
}): RateLimit {
  const id = `rate/${name}`;
  const interval = Math.ceil(1000 / perSecond);
  const patience = patienceSeconds * 1000;
  /** The next free turn as it was when last seen: it only moves on. */
  let seen = 0;

  return {
    async turn() {
      // Whoever saw wrong learns it by the refusal. Wrong again is possible, and over at the latest when all have their turn.
      for (;;) {
        const at = clock.now();
        if (seen > at + patience) {
          // Over a stretch of time, so that those who wait don't come back at once.
          const seconds = patienceSeconds * (1 + 4 * fraction(entropy));
          throw new NoTurnError(`No turn at ${name} within ${patienceSeconds} s`, seconds);
        }
        const answer = await table.update({
          id,
          ...(seen > at ? turnBehind(at, interval, patience) : turnNow(at, interval)),
        });
        seen = answer.record?.next ?? 0;
        if (answer.applied) return Math.max(0, seen - interval - at);
      }
    },
  };
}

/** The turns that were taken are over: one now. */
function turnNow(at: number, interval: number): Omit<Update, "id"> {
  return {
    when: any(missing(["next"]), below(["next"], at + 1)),
    set: [{ path: ["next"], to: at + interval }],
  };
}

/** One behind those that are taken. */
function turnBehind(at: number, interval: number, patience: number): Omit<Update, "id"> {
  return {
    when: all(above(["next"], at), below(["next"], at + patience + 1)),
    set: [{ path: ["next"], to: { of: ["next"], plus: interval } }],
  };
}
