import { expect, test } from "@jest/globals";
import { awsJobError } from "../../shared/aws/aws-job-error.ts";
import { createS3FileStore } from "../../shared/aws/index.ts";
import { OutageError, RetryAfterError } from "../../shared/catalog/job-errors.ts";

/** An error as the SDK throws it. */
function failure(name: string, status?: number, code?: string): Error {
  const metadata = { $metadata: { attempts: 3, httpStatusCode: status } };
  return Object.assign(
    new Error("of zoe@example.com"),
    { name },
    metadata,
    code === undefined ? {} : { code },
  );
}

test.each([
  ["no connection", failure("Error", undefined, "ECONNREFUSED"), "out of reach (ECONNREFUSED)"],
  ["no such host", failure("Error", undefined, "ENOTFOUND"), "out of reach (ENOTFOUND)"],
  ["a bad certificate", failure("Error", undefined, "CERT_HAS_EXPIRED"), "out of reach (CERT_HAS_EXPIRED)"],
  ["no answer", failure("TimeoutError"), "out of reach (TimeoutError)"],
  ["a service that fails", failure("InternalError", 500), "failing (500 InternalError)"],
  ["a lost grant", failure("AccessDenied", 403), "refused (403 AccessDenied)"],
  ["a lost bucket", failure("NoSuchBucket", 404), "refused (404 NoSuchBucket)"],
])("%s is an outage, in words without anybody's data", (_, error, words) => {
  const outage = awsJobError(error, "files");
  expect(outage).toBeInstanceOf(OutageError);
  expect(outage).toMatchObject({ dependency: "files", message: words });
});

test.each([
  ["SlowDown", 503],
  ["ProvisionedThroughputExceededException", 400],
  ["ThrottlingException", 400],
])("%s is waited for, without an attempt", (name, status) => {
  expect(awsJobError(failure(name, status), "files")).toBeInstanceOf(RetryAfterError);
});

test.each([
  ["a request that is wrong", failure("ValidationException", 400)],
  ["a slip of ours", new TypeError("undefined is not a function")],
  ["an abort", failure("AbortError")],
  ["what is no error", "nothing"],
])("%s stays what it is", (_, error) => {
  expect(awsJobError(error, "files")).toBe(error);
});

test("a file that can't be put, since S3 is out of reach, is an outage of the files", async () => {
  const { S3Client } = await import("@aws-sdk/client-s3");
  const client = new S3Client({
    ...{ endpoint: "http://127.0.0.1:1", region: "us-east-1", maxAttempts: 1 },
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  });
  const store = createS3FileStore({ client: async () => client, bucket: "files" });
  const put = store.put("a", Buffer.from("b"), { contentType: "text/plain" });
  await expect(put).rejects.toMatchObject({ name: "OutageError", dependency: "files" });
  client.destroy();
});
