/** The class name that the AWS extended clients put before a pointer (Java 2.x, Python). */
const pointerClass = "software.amazon.payloadoffloading.PayloadS3Pointer";
/** What the Java client 1.x put there. */
const legacyPointerClass = "com.amazon.sqs.javamessaging.MessageS3Pointer";

/** The message attribute with the offloaded body's size in UTF-8 bytes, and its name in the Java client 1.x. */
export const sizeAttribute = "ExtendedPayloadSize";
export const legacySizeAttribute = "SQSLargePayloadSize";

/** Where an offloaded body is. */
export interface PayloadPointer {
  readonly bucket: string;
  readonly key: string;
}

/**
 * The body of a message whose payload is in S3, in the AWS extended clients' form to the byte
 * (https://github.com/awslabs/payload-offloading-java-common-lib-for-aws), so that theirs read ours.
 */
export function formatPointer({ bucket, key }: PayloadPointer): string {
  return JSON.stringify([pointerClass, { s3BucketName: bucket, s3Key: key }]);
}

/** The pointer that the body is; undefined where it is anything else. Parsed, never cast: a body is anyone's who may send. */
export function parsePointer(body: string): PayloadPointer | undefined {
  // A pointer is a few hundred bytes, an inline envelope up to a megabyte: don't parse that twice.
  if (body.length > longestPointer) return undefined;
  const parsed = parseJson(body);
  if (!Array.isArray(parsed) || parsed.length !== 2) return undefined;
  const [name, location] = parsed as [unknown, unknown];
  if (name !== pointerClass && name !== legacyPointerClass) return undefined;
  if (typeof location !== "object" || location === null) return undefined;
  const { s3BucketName: bucket, s3Key: key } = location as Record<string, unknown>;
  return typeof bucket === "string" && typeof key === "string" ? { bucket, key } : undefined;
}

/** A bucket's name has at most 63 characters and a key 1024 bytes, each of which JSON may write with six. */
const longestPointer = 8192;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
