import type { S3Client } from "@aws-sdk/client-s3";
import { awsJobError } from "../aws/aws-job-error.ts";
import type { FileStore } from "./file-store.ts";

/** The file store over S3; URLs are presigned. The SDK is loaded at the first file, as for payloads. */
export function createS3FileStore({
  client,
  bucket,
  dependency = "files",
}: {
  readonly client: () => Promise<S3Client>;
  readonly bucket: string;
  /** What jobs call it in their `uses`: a put that fails for all of them opens that breaker. */
  readonly dependency?: string;
}): FileStore {
  return {
    async put(key, bytes, { contentType, fileName, signal }) {
      const { PutObjectCommand } = await import("@aws-sdk/client-s3");
      const disposition =
        fileName === undefined
          ? {}
          : { ContentDisposition: `inline; filename="${fileName.replaceAll(/[^\w.-]/g, "_")}"` };
      const object = { Bucket: bucket, Key: key, Body: bytes, ContentType: contentType, ...disposition };
      try {
        await (await client()).send(new PutObjectCommand(object), signal ? { abortSignal: signal } : {});
      } catch (error) {
        throw awsJobError(error, dependency);
      }
    },
    async url(key, { expiresSeconds }) {
      const { GetObjectCommand } = await import("@aws-sdk/client-s3");
      const { getSignedUrl } = await import("@aws-sdk/s3-request-presigner");
      const command = new GetObjectCommand({ Bucket: bucket, Key: key });
      return getSignedUrl(await client(), command, { expiresIn: expiresSeconds });
    },
  };
}
