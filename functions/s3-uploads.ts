import { addAbortSignal, type Readable } from "node:stream";
import { awsJobError, type s3Client } from "../shared/aws/index.ts";
import { claimedKey, incomingKey } from "./upload-keys.ts";
import { type Claim, maximumUploadBytes, type Uploads, uploadFormSeconds } from "./uploads.ts";

export interface S3UploadsOptions {
  readonly client: typeof s3Client;
  readonly bucket: string;
  /** Where forms are posted to. Default the bucket itself. */
  readonly formUrl?: string | undefined;
}

/** The jobs' name for the bucket, in their `uses`. */
const dependency = "uploads";

/** In the metadata of a claimed upload: the flow that has it. */
const owner = "flow";

/**
 * The bucket of uploads in S3. The SDK is loaded at the first of them. Claims of one process wait for one another: the
 * embedded run's stand-in takes no condition for a copy, and a function has one request at a time anyway.
 */
export function createS3Uploads(options: S3UploadsOptions): Uploads {
  let last: Promise<unknown> = Promise.resolve();
  return {
    form: (upload, file) => signedForm(options, upload, file),
    claim(upload, flow) {
      const claimed = last.then(() => claim(options, upload, flow));
      last = claimed.catch(() => {});
      return claimed;
    },
    read: (upload, flow, { signal }) => readClaimed(options, upload, flow, signal),
  };
}

/** A presigned POST: unlike a presigned PUT it limits the size, and S3 itself refuses what breaks its conditions. */
async function signedForm(
  { client, bucket, formUrl }: S3UploadsOptions,
  upload: string,
  { type, size }: { readonly type: string; readonly size: number },
) {
  const { createPresignedPost } = await import("@aws-sdk/s3-presigned-post");
  const { url, fields } = await createPresignedPost(await client(), {
    Bucket: bucket,
    Key: incomingKey(upload),
    Fields: { "Content-Type": type },
    Conditions: [["content-length-range", size, size]],
    Expires: uploadFormSeconds,
  });
  return { url: formUrl ?? url, fields };
}

/** As often as an upload may be sent anew while it is being copied. */
const mostTries = 3;

async function claim(options: S3UploadsOptions, upload: string, flow: string): Promise<Claim> {
  for (let tries = 1; ; tries++) {
    // Both at once; the claim that there is comes first, whatever has been sent since.
    const [claimed, incoming] = await Promise.all([
      head(options, claimedKey(upload)),
      head(options, incomingKey(upload)),
    ]);
    if (claimed) return claimed.flow === flow ? "claimed" : "taken";
    if (!incoming || incoming.bytes > maximumUploadBytes) return "missing";
    if (await copy(options, upload, flow, incoming.etag)) return "claimed";
    if (tries === mostTries) throw new Error("the upload was sent anew each time that it was copied");
  }
}

async function head({ client, bucket }: S3UploadsOptions, key: string) {
  const { HeadObjectCommand, NotFound } = await import("@aws-sdk/client-s3");
  try {
    const command = new HeadObjectCommand({ Bucket: bucket, Key: key });
    const answer = await (await client()).send(command);
    const { ETag: etag = "", ContentLength: bytes = 0, Metadata } = answer;
    return { etag, bytes, flow: Metadata?.[owner] };
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

/** Within S3: no byte of it comes here. False where another was sent or claimed since, or it is gone: look again. */
async function copy(
  { client, bucket }: S3UploadsOptions,
  upload: string,
  flow: string,
  etag: string,
): Promise<boolean> {
  const { CopyObjectCommand, S3ServiceException } = await import("@aws-sdk/client-s3");
  const command = new CopyObjectCommand({
    ...{ Bucket: bucket, Key: claimedKey(upload), IfNoneMatch: "*" },
    ...{ CopySource: `${bucket}/${incomingKey(upload)}`, CopySourceIfMatch: etag },
    ...{ MetadataDirective: "REPLACE" as const, Metadata: { [owner]: flow } },
  });
  try {
    await (await client()).send(command);
    return true;
  } catch (error) {
    if (error instanceof S3ServiceException && isOvertaken(error.$metadata.httpStatusCode)) return false;
    throw error;
  }
}

/** 412: a condition doesn't hold; 409: two claims at once; 404: deleted in between. */
function isOvertaken(status: number | undefined): boolean {
  return status === 412 || status === 409 || status === 404;
}

async function readClaimed(
  { client, bucket }: S3UploadsOptions,
  upload: string,
  flow: string,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const key = claimedKey(upload);
  const { GetObjectCommand, NoSuchKey } = await import("@aws-sdk/client-s3");
  try {
    const command = new GetObjectCommand({ Bucket: bucket, Key: key });
    const { Body, ContentLength, Metadata } = await (await client()).send(command, { abortSignal: signal });
    if (!Body) return undefined;
    // The call's own signal is heard until the headers have come, and not in the middle of the bytes.
    const stream = addAbortSignal(signal, Body as Readable);
    if (Metadata?.[owner] !== flow) {
      stream.destroy();
      return undefined;
    }
    if (ContentLength === undefined || ContentLength > maximumUploadBytes) {
      stream.destroy();
      throw new Error(`${key}: at most ${maximumUploadBytes} bytes, got ${ContentLength ?? "no length"}`);
    }
    return await Body.transformToByteArray();
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw awsJobError(error, dependency);
  }
}
