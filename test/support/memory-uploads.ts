import { claimedKey, incomingKey } from "../../functions/upload-keys.ts";
import type { Uploads } from "../../functions/uploads.ts";

/** A bucket of uploads in memory, and who sends to it. `check` runs before each call: to throw. */
export function createMemoryUploads(check: () => void = () => {}) {
  const objects = new Map<string, Uint8Array>();
  const owners = new Map<string, string>();
  const uploads: Uploads = {
    async form(upload, { type, size }) {
      check();
      return { url: "https://uploads.example/", fields: { key: incomingKey(upload), type, size: `${size}` } };
    },
    async claim(upload, flow) {
      check();
      const incoming = objects.get(incomingKey(upload));
      const owner = owners.get(upload);
      if (owner !== undefined) return owner === flow ? "claimed" : "taken";
      if (!incoming) return "missing";
      owners.set(upload, flow);
      objects.set(claimedKey(upload), incoming);
      return "claimed";
    },
    async read(upload, flow, { signal }) {
      check();
      signal.throwIfAborted();
      return owners.get(upload) === flow ? objects.get(claimedKey(upload)) : undefined;
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
