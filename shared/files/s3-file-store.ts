import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { FileStore } from "./file-store.ts";

/** The file store over S3; URLs are presigned. */
export function createS3FileStore({
  client,
  bucket,
}: {
  readonly client: S3Client;
  readonly bucket: string;
}): FileStore {
  return {
    async put(key, bytes, { contentType, fileName }) {
      await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: bytes,
          ContentType: contentType,
          ...(fileName === undefined
            ? {}
            : { ContentDisposition: `inline; filename="${fileName.replaceAll(/[^\w.-]/g, "_")}"` }),
        }),
      );
    },
    url: (key, { expiresSeconds }) =>
      getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: key }), { expiresIn: expiresSeconds }),
  };
}
