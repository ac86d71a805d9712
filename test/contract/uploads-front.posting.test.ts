import { connect } from "node:net";
import { GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createS3Uploads } from "../../functions/s3-uploads.ts";
import { incomingKey } from "../../functions/upload-keys.ts";
import { maximumUploadBytes, type UploadForm, type Uploads } from "../../functions/uploads.ts";
import { type HttpServer, startHttpServer } from "../../infra/local/http-server.ts";
import { createUploadsRoute, uploadsPath } from "../../infra/local/uploads-route.ts";
import { type AwsServer, startAwsServer } from "../support/aws-server.ts";
import { LOCAL_CLIENT, LOOPBACK } from "../support/loopback.ts";

const page = "https://sign-up.example.com";
let server: AwsServer;
let http: HttpServer;
let uploads: Uploads;
let now = () => Date.now();
beforeAll(async () => {
  server = await startAwsServer();
  await server.createBucket("uploads");
  http = await startHttpServer(0);
  const route = createUploadsRoute({
    ...{ s3: server.s3, bucket: "uploads", corsOrigins: [page], now: () => now() },
    ...LOCAL_CLIENT.credentials,
  });
  http.serve(async () => ({ status: 404, headers: {}, body: "" }), route);
  const client = async () => server.s3;
  uploads = createS3Uploads({ client, bucket: "uploads", formUrl: uploadsPath });
});
afterAll(async () => {
  await http.stop();
  await server.stop();
});

const upload = "06afxg7d5s5qybzc1r1q6m8k2w";
const type = "image/png";
const url = () => `http://${LOOPBACK}:${http.port}${uploadsPath}`;

/** As a browser posts it. */
function post({ fields }: UploadForm, bytes: Uint8Array, name = "me.png"): Promise<Response> {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append("file", new Blob([bytes], { type: "text/html" }), name);
  return fetch(url(), { method: "POST", body: form });
}

/** Status and code of an answer. */
async function told(response: Response): Promise<string> {
  const [, code = ""] = /<Code>(\w+)<\/Code>/.exec(await response.text()) ?? [];
  return `${response.status} ${code}`.trim();
}

async function stored(): Promise<Buffer | undefined> {
  const command = new GetObjectCommand({ Bucket: "uploads", Key: incomingKey(upload) });
  const { Body } = await server.s3.send(command).catch(() => ({ Body: undefined }));
  return Body && Buffer.from(await Body.transformToByteArray());
}

test("a file that was announced is stored under its key, with the type of its form", async () => {
  const bytes = Buffer.from("\0\r\n--not-a-boundary\r\n\xff", "latin1");
  const form = await uploads.form(upload, { type, size: bytes.length });
  expect(form.url).toBe(uploadsPath);
  const response = await post(form, bytes, "../../etc/passwd");
  expect([response.status, response.headers.get("etag")]).toEqual([204, expect.stringMatching(/^"\w{32}"$/)]);
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(await stored()).toEqual(bytes);
  const head = new HeadObjectCommand({ Bucket: "uploads", Key: incomingKey(upload) });
  expect((await server.s3.send(head)).ContentType).toBe(type);
});

test("one of the largest size goes through, byte for byte", async () => {
  const bytes = Buffer.alloc(maximumUploadBytes, "0123456789abcdef\r\n--");
  const form = await uploads.form(upload, { type, size: bytes.length });
  expect(await told(await post(form, bytes))).toBe("204");
  expect((await stored())?.equals(bytes)).toBe(true);
});

test("who begins forms and sends no more keeps nobody from an upload", async () => {
  const slow = Array.from({ length: 20 }, () => connect(http.port, LOOPBACK).resume());
  const head = `POST ${uploadsPath} HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\nContent-Type: multipart/form-data; boundary=b`;
  const sent = slow.map((socket) => new Promise((resolve) => socket.write(`${head}\r\n\r\n--b`, resolve)));
  await Promise.all(sent);
  const form = await uploads.form(upload, { type, size: 4 });
  expect(await told(await post(form, Buffer.from("mine")))).toBe("204");
  // They were waited for by nobody: after 30 s they would be cut off.
  expect(slow.map(({ closed }) => closed)).toEqual(Array(20).fill(false));
  for (const socket of slow) socket.destroy();
});

describe("refused is", () => {
  test.each([
    [9, "400 EntityTooSmall"],
    [11, "400 EntityTooLarge"],
    [3_000_000, "400 EntityTooLarge"],
  ])("a file of %d bytes where 10 were announced", async (size, expected) => {
    await post(await uploads.form(upload, { type, size: 6 }), Buffer.from("before"));
    const form = await uploads.form(upload, { type, size: 10 });
    expect(await told(await post(form, Buffer.alloc(size, 1)))).toBe(expected);
    expect((await stored())?.toString()).toBe("before");
  });

  test("a form after its time", async () => {
    const form = await uploads.form(upload, { type, size: 1 });
    now = () => Date.now() + 601_000;
    expect(await told(await post(form, Buffer.from("x")))).toBe("403 AccessDenied");
    now = () => Date.now();
    expect(await told(await post(form, Buffer.from("x")))).toBe("204");
  });

  test.each([
    ["key", "claimed/f/u", "403 AccessDenied"],
    ["Content-Type", "text/html", "403 AccessDenied"],
    ["X-Amz-Signature", "0".repeat(64), "403 SignatureDoesNotMatch"],
  ])("a form whose %s is %s", async (field, value, expected) => {
    const form = await uploads.form(upload, { type, size: 1 });
    const changed = { ...form, fields: { ...form.fields, [field]: value } };
    expect(await told(await post(changed, Buffer.from("x")))).toBe(expected);
  });

  test("a form that names a field twice: of two readers each could see another", async () => {
    const { fields } = await uploads.form(upload, { type, size: 1 });
    const form = new FormData();
    for (const [field, value] of [...Object.entries(fields), ["KEY", "claimed/f/u"] as const])
      form.append(field, value);
    form.append("file", new Blob(["x"]));
    expect(await told(await fetch(url(), { method: "POST", body: form }))).toBe("400 MalformedPOSTRequest");
  });

  test("a form with more fields than any has", async () => {
    const form = new FormData();
    for (let index = 0; index < 60; index++) form.append(`x-ignore-${index}`, "1");
    expect(await told(await fetch(url(), { method: "POST", body: form }))).toBe("400 MalformedPOSTRequest");
  });

  test("a field of more than 20 KiB", async () => {
    const form = new FormData();
    form.append("x-ignore-a", "a".repeat(21 * 1024));
    expect(await told(await fetch(url(), { method: "POST", body: form }))).toBe("400 MalformedPOSTRequest");
  });

  test("a form without a file", async () => {
    const { fields } = await uploads.form(upload, { type, size: 1 });
    const form = new FormData();
    for (const [field, value] of Object.entries(fields)) form.append(field, value);
    expect(await told(await fetch(url(), { method: "POST", body: form }))).toBe("400 InvalidArgument");
  });

  test("fields that come after the file: they are passed over, and missing", async () => {
    const { fields } = await uploads.form(upload, { type, size: 1 });
    const form = new FormData();
    form.append("file", new Blob(["x"]));
    for (const [field, value] of Object.entries(fields)) form.append(field, value);
    expect(await told(await fetch(url(), { method: "POST", body: form }))).toBe("403 AccessDenied");
  });

  test.each([
    ["text/plain", "412 PreconditionFailed"],
    ["multipart/form-data", "412 PreconditionFailed"],
    ["multipart/form-data; boundary=x", "400 MalformedPOSTRequest"],
  ])("a body of %s that is no form", async (contentType, expected) => {
    const response = await fetch(url(), {
      ...{ method: "POST", headers: { "content-type": contentType }, body: "--y\r\n\r\n" },
    });
    expect(await told(response)).toBe(expected);
  });

  test("another method", async () => {
    const response = await fetch(url());
    expect(response.headers.get("allow")).toBe("POST, OPTIONS");
    expect(await told(response)).toBe("405 MethodNotAllowed");
  });
});

test("what is endless is cut off, and answered", async () => {
  const { fields } = await uploads.form(upload, { type, size: 10 });
  const parts = Object.entries(fields).map(
    ([name, value]) => `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const start = `${parts.join("")}--x\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n`;
  const socket = connect(http.port, LOOPBACK);
  const answer: Buffer[] = [];
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.on("data", (chunk: Buffer) => answer.push(chunk)).on("error", () => {});
  const head = ["POST /_local/uploads HTTP/1.1", `host: ${LOOPBACK}`, "transfer-encoding: chunked"];
  socket.write(`${head.join("\r\n")}\r\ncontent-type: multipart/form-data; boundary=x\r\n\r\n`);
  const chunk = (bytes: Buffer) =>
    socket.write(
      Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]),
    );
  chunk(Buffer.from(start));
  const more = Buffer.alloc(64 * 1024);
  const flood = () => {
    while (!socket.destroyed && chunk(more));
    if (!socket.destroyed) socket.once("drain", flood);
  };
  flood();
  await closed;
  expect(Buffer.concat(answer).toString()).toMatch(
    /^HTTP\/1\.1 400 [\s\S]*connection: close[\s\S]*EntityTooLarge/i,
  );
});

test("who goes away in the middle of a file leaves nothing, and the next is served", async () => {
  await post(await uploads.form(upload, { type, size: 6 }), Buffer.from("before"));
  const { fields } = await uploads.form(upload, { type, size: 100 });
  const socket = connect(http.port, LOOPBACK);
  const parts = Object.entries(fields).map(
    ([name, value]) => `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const body = `${parts.join("")}--x\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\nhalf`;
  const head = ["POST /_local/uploads HTTP/1.1", `host: ${LOOPBACK}`, "content-length: 100000"];
  socket.write(`${head.join("\r\n")}\r\ncontent-type: multipart/form-data; boundary=x\r\n\r\n${body}`, () =>
    socket.destroy(),
  );
  await new Promise((resolve) => socket.on("close", resolve));
  const form = await uploads.form("06afxg7d5s5qybzc1r1q6m8k2x", { type, size: 1 });
  expect(await told(await post(form, Buffer.from("x")))).toBe("204");
  expect((await stored())?.toString()).toBe("before");
});

test("a page of an origin that may call the API may post here, another's may not see the answer", async () => {
  const preflight = (origin: string) =>
    fetch(url(), { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } });
  const allowed = await preflight(page);
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get("access-control-allow-origin")).toBe(page);
  expect(allowed.headers.get("access-control-allow-methods")).toBe("POST, OPTIONS");
  expect((await preflight("https://evil.example")).headers.get("access-control-allow-origin")).toBeNull();
});
