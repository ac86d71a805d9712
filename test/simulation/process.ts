import type { Clock } from "../../shared/clock/clock.ts";
import { type Entropy, fraction } from "../../shared/clock/entropy.ts";
import type { VirtualClock } from "../../shared/clock/virtual-clock.ts";
import type { Faults } from "./faults.ts";

export class LostAnswerError extends Error {}

/** One process: its ports' calls go through `call`, and what is called by a dead process never answers. */
export interface SimulatedProcess {
  /** May be off. */
  readonly clock: Clock;
  readonly died: Promise<void>;
  isAlive(): boolean;
  kill(): void;
  call<Value>(action: () => Promise<Value>, options?: CallOptions): Promise<Value>;
  /** How long it stood still so far, in ms. */
  paused(): number;
}

export interface CallOptions {
  /** Whether a client may repeat it when the answer is lost. Default true. */
  readonly repeatable?: boolean;
  /** What refuses the call, by the text of its error. */
  readonly refusal?: () => string | undefined;
}

/** What processes live in. */
export interface Surroundings {
  readonly clock: VirtualClock;
  readonly entropy: Entropy;
  readonly faults: Faults;
  /** Takes what runs beside all else: where it throws, the world ends. */
  readonly spawn: (work: Promise<unknown>) => void;
}

/** How far a clock is off where it is, in ms, fast or slow. */
const skewMilliseconds = 120_000;

/** A process that has just started. */
export function createProcess({ clock, entropy, faults }: Surroundings): SimulatedProcess {
  const { promise: died, resolve } = Promise.withResolvers<void>();
  const off = faults.strikes("skew") ? skewMilliseconds * (fraction(entropy) < 0.5 ? -1 : 1) : 0;
  let alive = true;
  let paused = 0;

  function kill(): void {
    alive = false;
    resolve();
  }

  /** Time passes; a process that is dead by then never comes back from it. */
  async function pass(): Promise<void> {
    const pause = faults.strikes("pause") ? fraction(entropy) * 300_000 : 0;
    paused += pause;
    await clock.sleep(1 + fraction(entropy) * 30 + pause);
    if (alive && faults.strikes("crash")) kill();
    if (!alive) await new Promise(() => {});
  }

  return {
    clock: {
      now: () => clock.now() + off,
      after: (milliseconds, callback) => clock.after(milliseconds, () => alive && callback()),
    },
    died,
    kill,
    isAlive: () => alive,
    paused: () => paused,
    async call(action, { repeatable = true, refusal = () => undefined } = {}) {
      await pass();
      const refused = faults.strikes("error") ? "out of reach" : refusal();
      if (refused !== undefined) throw new Error(refused);
      const lost = faults.strikes("lostAnswer");
      let answer = await action();
      if (lost) {
        if (!repeatable) throw new LostAnswerError("the answer was lost");
        await pass();
        answer = await action();
      }
      await pass();
      return answer;
    },
  };
}
