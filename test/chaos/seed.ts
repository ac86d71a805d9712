import { randomInt } from "node:crypto";
import { fraction } from "../../shared/clock/entropy.ts";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";

/**
 * Randomness for one test: `below(n)` is a whole number from 0 to n - 1. `ERRAND_SEED=n` replays a seed, any other run
 * draws its own; either way `replay` is the line to repeat it with. What is drawn repeats, the machine's own timing doesn't.
 */
export function seeded(file: string, settings: Readonly<Record<string, string | number>> = {}) {
  const asked = process.env["ERRAND_SEED"];
  const seed = asked === undefined || asked === "random" ? randomInt(2 ** 31) : Number(asked);
  const entropy = createSeededEntropy(seed);
  const variables = Object.entries({ ERRAND_CHAOS: 1, ERRAND_SEED: seed, ...settings });
  return {
    below: (limit: number) => Math.floor(fraction(entropy) * limit),
    replay: `${variables.map(([name, value]) => `${name}=${value}`).join(" ")} npm run jest -- ${file}`,
  };
}
