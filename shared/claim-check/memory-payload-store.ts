import { type PayloadStore, TooLargeError } from "./payload-store.ts";

/** The payload store in memory: for simulations and tests. */
export function createMemoryPayloadStore(bucket = "memory"): PayloadStore {
  const objects = new Map<string, Uint8Array>();
  return {
    bucket,
    async put(key, bytes) {
      objects.set(key, Uint8Array.from(bytes));
    },
    async get(key, maximumBytes) {
      const bytes = objects.get(key);
      if (bytes && bytes.length > maximumBytes) {
        throw new TooLargeError(`${key}: at most ${maximumBytes} bytes, got ${bytes.length}`);
      }
      return bytes && Uint8Array.from(bytes);
    },
  };
}
