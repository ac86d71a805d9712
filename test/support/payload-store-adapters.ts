import { createMemoryPayloadStore } from "../../shared/claim-check/memory-payload-store.ts";
import type { PayloadStore } from "../../shared/claim-check/payload-store.ts";
import { createS3PayloadStore } from "../../shared/claim-check/s3-payload-store.ts";
import { startAwsServer } from "./aws-server.ts";

export interface PayloadStoreAdapter {
  readonly store: PayloadStore;
  stop(): Promise<void>;
}

/** What the payload store's contract is run on, by name. */
export const payloadStoreAdapters: readonly (readonly [string, () => Promise<PayloadStoreAdapter>])[] = [
  ["memory", async () => ({ store: createMemoryPayloadStore("payloads"), stop: async () => {} })],
  ["S3", startS3Adapter],
];

async function startS3Adapter(): Promise<PayloadStoreAdapter> {
  const server = await startAwsServer();
  await server.createBucket("payloads");
  return {
    store: createS3PayloadStore({ client: async () => server.s3, bucket: "payloads" }),
    stop: server.stop,
  };
}
