import type { Clock } from "../../shared/clock/clock.ts";
import { type Entropy, fraction } from "../../shared/clock/entropy.ts";
import type { VirtualClock } from "../../shared/clock/virtual-clock.ts";

/** How often things go wrong at one call of a port: fractions of 1. */
export interface Faults {
  /** The process dies, before the call or after it: nothing of it runs on, no `finally` and no `catch`. */
  readonly crash: number;
  /** The call fails without effect. */
  readonly error: number;
  /** The call takes effect and its answer is lost: an SDK client repeats it, an effect that isn't repeatable is unknown. */
  readonly lostAnswer: number;
  /** The process is stopped for up to five minutes. */
  readonly pause: number;
  /** A message on a job's queue is gone: purged by hand, or deleted by a worker of long ago. */
  readonly lose: number;
  /** How far the process's clock may be off, in ms, either way. */
  readonly clockSkew: number;
}

export const noFaults: Faults = { crash: 0, error: 0, lostAnswer: 0, pause: 0, lose: 0, clockSkew: 0 };

export class LostAnswerError extends Error {}

/** One process: its ports' calls go through `call`, and what is called by a dead process never answers. */
export interface SimulatedProcess {
  readonly clock: Clock;
  readonly died: Promise<void>;
  kill(): void;
  call<Value>(action: () => Promise<Value>, options?: { readonly repeatable?: boolean }): Promise<Value>;
}

/** What went wrong so far, so that a test can tell that its faults were there at all. */
export interface FaultCounts {
  crashes: number;
  errors: number;
  lostAnswers: number;
  pauses: number;
}

export function createProcess(
  {
    clock,
    entropy,
    counts,
  }: { readonly clock: VirtualClock; readonly entropy: Entropy; readonly counts: FaultCounts },
  faults: Faults,
): SimulatedProcess {
  const { promise: died, resolve } = Promise.withResolvers<void>();
  const skew = Math.round((fraction(entropy) * 2 - 1) * faults.clockSkew);
  let alive = true;
  const happens = (likelihood: number) => likelihood > 0 && fraction(entropy) < likelihood;

  function kill(): void {
    alive = false;
    resolve();
  }

  /** Time passes; a process that is dead by then never comes back from it. */
  async function pass(): Promise<void> {
    const paused = happens(faults.pause);
    if (paused) counts.pauses++;
    await clock.sleep(1 + fraction(entropy) * (paused ? 300_000 : 30));
    if (alive && happens(faults.crash)) {
      counts.crashes++;
      kill();
    }
    if (!alive) await new Promise(() => {});
  }

  return {
    clock: {
      now: () => clock.now() + skew,
      after: (milliseconds, callback) => clock.after(milliseconds, () => alive && callback()),
    },
    died,
    kill,
    async call(action, { repeatable = true } = {}) {
      await pass();
      if (happens(faults.error)) {
        counts.errors++;
        throw new Error("out of reach");
      }
      const lost = happens(faults.lostAnswer);
      let answer = await action();
      if (lost) {
        counts.lostAnswers++;
        if (!repeatable) throw new LostAnswerError("the answer was lost");
        await pass();
        answer = await action();
      }
      await pass();
      return answer;
    },
  };
}
