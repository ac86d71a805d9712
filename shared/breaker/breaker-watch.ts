import type { DurationProfile } from "../catalog/queue-settings.ts";
import type { Clock } from "../clock/clock.ts";
import { type Breaker, isOpen } from "./breaker.ts";
import type { Breakers } from "./breakers.ts";

/**
 * What one process knows of the breakers that concern it. A worker reads them when it is new, when a message comes
 * again, and after trouble, at most once in `cacheSeconds`; as long as all is well, once in `probeSeconds`, so that a pause
 * reaches a warm one too.
 */
export interface BreakerWatch {
  /** The breakers that are open or paused now; `doubtful` asks the ledger although all was well. */
  open(doubtful: boolean): Promise<readonly Breaker[]>;
  /** Takes note of what a write answered. */
  note(breaker: Breaker): void;
  /** Forgets what it knows, so that the next question is asked of the ledger. */
  forget(): void;
}

export function createBreakerWatch(
  {
    breakers,
    clock,
    profile,
  }: { readonly breakers: Breakers; readonly clock: Clock; readonly profile: DurationProfile },
  names: readonly string[],
): BreakerWatch {
  let readAt: number | undefined;
  let known: readonly Breaker[] = [];

  return {
    async open(doubtful) {
      const { cacheSeconds, probeSeconds } = profile.breaker;
      const longest = doubtful || known.length > 0 ? cacheSeconds : probeSeconds;
      if (readAt === undefined || clock.now() - readAt >= longest * 1000) {
        known = (await breakers.read(names)).filter(isOpen);
        readAt = clock.now();
      }
      return known;
    },
    note(breaker) {
      // Of one breaker: when all were read stays as it was, or a pause of another would reach this worker later.
      known = [...known.filter(({ id }) => id !== breaker.id), breaker].filter(isOpen);
    },
    forget() {
      readAt = undefined;
    },
  };
}
