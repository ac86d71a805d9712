import { randomBytes } from "node:crypto";

/** Randomness, as the engine sees it: the system's, or a simulation's seed. */
export interface Entropy {
  bytes(count: number): Uint8Array;
}

export const systemEntropy: Entropy = { bytes: (count) => randomBytes(count) };

/** A fraction of 1, 0 included: 32 bits are plenty for jitter. */
export function fraction(entropy: Entropy): number {
  const { buffer, byteOffset, byteLength } = entropy.bytes(4);
  return new DataView(buffer, byteOffset, byteLength).getUint32(0) / 2 ** 32;
}
