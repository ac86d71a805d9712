import type { Entropy } from "./entropy.ts";

/** Randomness that a seed repeats: mulberry32, 32 bits of state. For simulations and tests, never for tokens. */
export function createSeededEntropy(seed: number): Entropy {
  let state = seed >>> 0;

  function word(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  return {
    bytes(count) {
      const bytes = Buffer.allocUnsafe(Math.ceil(count / 4) * 4);
      for (let index = 0; index < bytes.length; index += 4) bytes.writeUInt32LE(word(), index);
      return bytes.length === count ? bytes : bytes.subarray(0, count);
    },
  };
}
