import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createS3Uploads } from "../../functions/s3-uploads.ts";
import { claimedKey, maximumUploadBytes, type Uploads } from "../../functions/uploads.ts";
import { type AwsServer, startAwsServer } from "../support/aws-server.ts";
import { flowId } from "../support/builders.ts";

let server: AwsServer;
let uploads: Uploads;
beforeAll(async () => {
  server = await startAwsServer();
  await server.createBucket("uploads");
  uploads = createS3Uploads({ client: async () => server.s3, bucket: "uploads" });
});
afterAll(() => server.stop());

const key = claimedKey(flowId, "06afxg7d5s5qybzc1r1q6m8k2w");
const patient = () => ({ signal: new AbortController().signal });
const put = (Body: Uint8Array) => server.s3.send(new PutObjectCommand({ Bucket: "uploads", Key: key, Body }));

test("a claimed upload lies under its flow and its own id", () => {
  expect(key).toBe(`claimed/${flowId}/06afxg7d5s5qybzc1r1q6m8k2w`);
});

test("it is read as it was sent", async () => {
  const bytes = Buffer.from([255, 216, 255, 0]);
  await put(bytes);
  expect(Buffer.from((await uploads.read(key, patient())) ?? [])).toEqual(bytes);
});

test("one that isn't there, or not any more, is none", async () => {
  expect(await uploads.read("claimed/nobody", patient())).toBeUndefined();
});

test("one of exactly the most is read, one of a byte more isn't", async () => {
  await put(Buffer.alloc(maximumUploadBytes));
  expect(await uploads.read(key, patient())).toHaveLength(maximumUploadBytes);
  await put(Buffer.alloc(maximumUploadBytes + 1));
  await expect(uploads.read(key, patient())).rejects.toThrow(`${key}: at most 10485760 bytes, got 10485761`);
});

test("a job whose time is over reads nothing", async () => {
  await put(Buffer.from("x"));
  await expect(uploads.read(key, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: "AbortError",
  });
});

test("a bucket that is missing holds the job: that is no one upload's fault", async () => {
  const elsewhere = createS3Uploads({ client: async () => server.s3, bucket: "nowhere" });
  await expect(elsewhere.read(key, patient())).rejects.toMatchObject({
    name: "OutageError",
    dependency: "uploads",
  });
});
