import { claimedKey, incomingKey } from "../../functions/upload-keys.ts";
import type { Uploads } from "../../functions/uploads.ts";

/** A bucket of uploads in memory, and who sends to it. `check` runs before each call: to throw. */
export function createMemoryUploads(check: () => void = () => {}) {
  const objects = new Map<string, Uint8Array>();
  const uploads: Uploads = {
    async form(upload, { type, size }) {
      check();
      return { url: "https://uploads.example/", fields: { key: incomingKey(upload), type, size: `${size}` } };
    },
    async claim(upload, flow) {
      check();
      const incoming = objects.get(incomingKey(upload));
      if (objects.has(claimedKey(flow, upload))) return true;
      if (incoming) objects.set(claimedKey(flow, upload), incoming);
      return incoming !== undefined;
    },
    async read(upload, flow, { signal }) {
      check();
      signal.throwIfAborted();
      return objects.get(claimedKey(flow, upload));
    },
  };
  return {
    uploads,
    keys: () => [...objects.keys()],
    send: async (upload: string, bytes: Uint8Array) => void objects.set(incomingKey(upload), bytes),
    /** As the bucket's lifecycle does after a day. */
    expire: async (upload: string) => void objects.delete(incomingKey(upload)),
  };
}
