import type { JobHandler } from "../../shared/catalog/handler.ts";
import {
  NotDoneError,
  PermanentError,
  RetryAfterError,
  UnknownOutcomeError,
} from "../../shared/catalog/job-errors.ts";
import { type Entropy, fraction } from "../../shared/clock/entropy.ts";
import type { VirtualClock } from "../../shared/clock/virtual-clock.ts";
import { LostAnswerError, type SimulatedProcess } from "./process.ts";

/** What the handlers did to the world outside. */
export interface Effects {
  /** How often the effect of a job happened, by the job's id. */
  readonly happened: ReadonlyMap<string, number>;
  /** Jobs whose handler said that they can't be done. */
  readonly hopeless: ReadonlySet<string>;
  handlerOf(process: SimulatedProcess): JobHandler<{ text: string }>;
}

/** Handlers that take their time, fail, are throttled, hang, lose the answer of the service that they call, and slip after it. */
export function createEffects(entropy: Entropy, clock: VirtualClock, calm: boolean): Effects {
  const happened = new Map<string, number>();
  const hopeless = new Set<string>();
  const happens = (likelihood: number) => !calm && fraction(entropy) < likelihood;

  return {
    happened,
    hopeless,
    handlerOf(process) {
      return async (_input, { id, signal }) => {
        // Mostly quick; one in fifty is slower than its timeout, and half of those don't listen to their signal.
        const slow = happens(0.02);
        await process.call(() => clock.sleep(fraction(entropy) * (slow ? 20_000 : 2_000)));
        if (happens(0.03)) throw new NotDoneError("the service stumbled");
        if (happens(0.02)) throw new RetryAfterError("throttled", 30);
        if (happens(0.005)) {
          hopeless.add(id);
          throw new PermanentError("no such mailbox");
        }
        try {
          await process.call(
            async () => {
              signal.throwIfAborted();
              happened.set(id, (happened.get(id) ?? 0) + 1);
            },
            { repeatable: false },
          );
        } catch (error) {
          if (error instanceof LostAnswerError) throw new UnknownOutcomeError("cut off after the effect");
          throw error;
        }
        // The slip that nobody classified, in a line after the effect.
        if (happens(0.01)) throw new Error("undefined is not a function");
        return { done: true };
      };
    },
  };
}
