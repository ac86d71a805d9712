import type { Clock } from "../clock/clock.ts";
import { type Entropy, fraction } from "../clock/entropy.ts";
import { type DurationProfile, holdSeconds } from "./queue-settings.ts";

/** What a wait follows from, beside its beginning. */
interface HoldPorts {
  readonly clock: Clock;
  readonly profile: DurationProfile;
  readonly entropy: Entropy;
}

/**
 * How long to wait for what has been missing since then (ms since 1970), in whole seconds. Longer the longer it lasts,
 * so that an outage of days stays far from `maxReceiveCount`; jittered downwards, so that all don't come at once and the
 * last comes within one hold of the end.
 */
export function jitteredHoldSeconds({ clock, profile, entropy }: HoldPorts, since: number): number {
  const longest = holdSeconds((clock.now() - since) / 1000, profile);
  return Math.ceil(longest * (0.5 + fraction(entropy) / 2));
}
