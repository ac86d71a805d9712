import { addAbortSignal, type Readable } from "node:stream";
import { awsJobError, type s3Client } from "../shared/aws/index.ts";
import { maximumUploadBytes, type Uploads } from "./uploads.ts";

/** The jobs' name for the bucket, in their `uses`. */
const dependency = "uploads";

/** The bucket of uploads in S3. The SDK is loaded at the first of them. */
export function createS3Uploads({
  client,
  bucket,
}: {
  readonly client: typeof s3Client;
  readonly bucket: string;
}): Uploads {
  return {
    async read(key, { signal }) {
      const { GetObjectCommand, NoSuchKey } = await import("@aws-sdk/client-s3");
      try {
        const command = new GetObjectCommand({ Bucket: bucket, Key: key });
        const { Body, ContentLength } = await (await client()).send(command, { abortSignal: signal });
        if (!Body) return undefined;
        // The call's own signal is heard until the headers have come, and not in the middle of the bytes.
        const stream = addAbortSignal(signal, Body as Readable);
        if (ContentLength === undefined || ContentLength > maximumUploadBytes) {
          stream.destroy();
          throw new Error(`${key}: at most ${maximumUploadBytes} bytes, got ${ContentLength ?? "no length"}`);
        }
        return await Body.transformToByteArray();
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw awsJobError(error, dependency);
      }
    },
  };
}
