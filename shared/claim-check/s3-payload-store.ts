import type { S3Client } from "@aws-sdk/client-s3";
import { type PayloadStore, TooLargeError } from "./payload-store.ts";

/**
 * The payload store over S3. The SDK is loaded at the first large payload, since loading it costs every cold start
 * 44 ms [measured] and most flows never need it.
 */
export function createS3PayloadStore({
  client,
  bucket,
}: {
  readonly client: () => Promise<S3Client>;
  readonly bucket: string;
}): PayloadStore {
  return {
    bucket,
    async put(key, bytes) {
      const { PutObjectCommand } = await import("@aws-sdk/client-s3");
      const s3 = await client();
      await s3.send(
        new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ContentType: "application/json" }),
      );
    },
    async get(key, maximumBytes) {
      const { GetObjectCommand, NoSuchKey } = await import("@aws-sdk/client-s3");
      const s3 = await client();
      try {
        const { Body, ContentLength } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        if (!Body) return undefined;
        if (ContentLength === undefined || ContentLength > maximumBytes) {
          // Not read: the connection is given up rather than the memory.
          (Body as { destroy?: () => void }).destroy?.();
          throw new TooLargeError(
            `${key}: at most ${maximumBytes} bytes, got ${ContentLength ?? "an unknown size"}`,
          );
        }
        return await Body.transformToByteArray();
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
  };
}
