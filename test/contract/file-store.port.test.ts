import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type FileStore, jobFileKey } from "../../shared/files/file-store.ts";
import { createS3FileStore } from "../../shared/files/s3-file-store.ts";
import { type AwsServer, startAwsServer } from "../support/aws-server.ts";
import { flowId } from "../support/builders.ts";

let server: AwsServer;
let files: FileStore;
beforeAll(async () => {
  server = await startAwsServer();
  await server.createBucket("files");
  files = createS3FileStore({ client: async () => server.s3, bucket: "files" });
});
afterAll(() => server.stop());

const key = jobFileKey({ flow: { id: flowId }, key: "render-receipt", run: 0 }, "receipt.pdf");

test("a job's file lies under its flow, its key and its run", () => {
  expect(key).toBe(`${flowId}/render-receipt/0/receipt.pdf`);
});

test("anyone with the URL gets the bytes, their content type and the file's name", async () => {
  const bytes = Buffer.from([37, 80, 68, 70, 0, 255]);
  await files.put(key, bytes, { contentType: "application/pdf", fileName: "receipt.pdf" });
  const response = await fetch(await files.url(key, { expiresSeconds: 60 }));
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/pdf");
  expect(response.headers.get("content-disposition")).toBe(`inline; filename="receipt.pdf"`);
  expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
});

test("the same key again replaces the file", async () => {
  await files.put("again", Buffer.from("first"), { contentType: "text/plain" });
  await files.put("again", Buffer.from("second"), { contentType: "text/plain" });
  const response = await fetch(await files.url("again", { expiresSeconds: 60 }));
  expect(await response.text()).toBe("second");
});

test("a URL is signed for as long as it was asked for, and names the bucket and the key", async () => {
  const url = new URL(await files.url(key, { expiresSeconds: 300 }));
  expect(url.searchParams.get("X-Amz-Expires")).toBe("300");
  expect(url.searchParams.get("X-Amz-Signature")).toMatch(/^[0-9a-f]{64}$/);
  expect(url.pathname).toBe(`/files/${key}`);
});

test("a URL of a file that isn't there is a 404", async () => {
  const response = await fetch(await files.url("nowhere", { expiresSeconds: 60 }));
  expect(response.status).toBe(404);
  await response.text();
});
