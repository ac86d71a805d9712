import { S3Client } from "@aws-sdk/client-s3";
import { expect, test } from "@jest/globals";
import sharp from "sharp";
import { createS3Uploads } from "../../functions/s3-uploads.ts";
import { maximumUploadBytes, type UploadForm } from "../../functions/uploads.ts";
import { type Accepted, finished, signUp } from "../support/embedded.ts";
import { LOCAL_CLIENT } from "../support/loopback.ts";
import { photoOf, pixel, plain } from "../support/pictures.ts";
import { postUpload } from "../support/post-upload.ts";
import { serveTests } from "../support/serve-tests.ts";

const service = await serveTests();

async function offer(type: string, size: number): Promise<UploadForm & { readonly id: string }> {
  const { status, body } = await service.call("/uploads", {
    method: "POST",
    json: { kind: "avatar", type, size },
  });
  expect(status).toBe(201);
  return JSON.parse(body.toString());
}

async function send(type: string, bytes: Uint8Array): Promise<string> {
  const form = await offer(type, bytes.length);
  expect((await postUpload(service.call, form, bytes)).status).toBe(204);
  return form.id;
}

async function picture({ flow, token }: Accepted, file: string): Promise<Buffer> {
  const headers = { authorization: `Bearer ${token}` };
  const { headers: answer } = await service.call(`/flows/${flow.id}/files/resize-avatar/${file}`, {
    headers,
  });
  return (await service.call(answer.location ?? "")).body;
}

test("a photo of 10 MiB becomes six pictures, and no message of it has 1 KB", async () => {
  const avatar = await send("image/jpeg", await photoOf(maximumUploadBytes));
  const accepted = await signUp(service, { email: "photo@example.com", name: "Photo", avatar });
  const flow = await finished(service, accepted);
  expect(flow.status).toBe("succeeded");
  const { result = {} } = flow.jobs.find(({ job }) => job === "resize-avatar") ?? {};
  const sizes = Object.entries(result).map(async ([field, file]) => {
    const { width, height } = await sharp(await picture(accepted, String(file))).metadata();
    return [field, width, height];
  });
  expect(await Promise.all(sizes)).toEqual(
    [512, 256, 64].flatMap((size) => [
      [`webp${size}`, size, size],
      [`avif${size}`, size, size],
    ]),
  );
  const queues = await service.json<Record<string, { largestMessageBytes: number }>>("/_local/queues");
  for (const name of ["dispatch", "resize-avatar"]) {
    expect(queues[name]?.largestMessageBytes).toBeGreaterThan(0);
    expect(queues[name]?.largestMessageBytes).toBeLessThan(1024);
  }
}, 60_000);

test("what is sent by a form after its upload was claimed changes no picture, also when the request is repeated", async () => {
  const [red, blue] = await Promise.all(
    ["#ff0000", "#0000ff"].map((background) => plain({ background }).png({ compressionLevel: 0 }).toBuffer()),
  );
  if (!red || !blue) throw new Error("two pictures");
  expect(red.length).toBe(blue.length);
  const form = await offer("image/png", red.length);
  await postUpload(service.call, form, red);
  const person = { email: "swap@example.com", name: "Swap", avatar: form.id };
  const headers = { "idempotency-key": "0123456789abcdef-swap" };
  const start = async (): Promise<Accepted> => {
    const { status, body } = await service.call("/sign-ups", { method: "POST", json: person, headers });
    expect(status).toBe(202);
    return JSON.parse(body.toString());
  };
  const first = await start();
  expect((await postUpload(service.call, form, blue)).status).toBe(204);
  const again = await start();
  expect(again.flow.id).toBe(first.flow.id);
  const other = await service.call("/sign-ups", { method: "POST", json: person });
  expect([other.status, other.body.toString()]).toEqual([422, expect.stringContaining("no other sign-up")]);
  expect((await finished(service, again)).status).toBe("succeeded");
  const [reds = 0, , blues = 255] = await pixel(await picture(again, "avatar-64.webp"), 32, 32);
  expect([reds > 200, blues < 60]).toEqual([true, true]);
});

test("a byte more than 10 MiB is refused before anything is sent, and no form takes it", async () => {
  const json = { kind: "avatar", type: "image/jpeg", size: maximumUploadBytes + 1 };
  expect((await service.call("/uploads", { method: "POST", json })).status).toBe(422);
  const form = await offer("image/jpeg", maximumUploadBytes);
  const answer = await postUpload(service.call, form, Buffer.alloc(maximumUploadBytes + 1));
  expect([answer.status, answer.body.toString()]).toEqual([400, expect.stringContaining("EntityTooLarge")]);
});

test("a form that is signed by the keys which any stand-in takes is refused: a run has its own", async () => {
  const s3 = new S3Client({ ...LOCAL_CLIENT, endpoint: service.sqsS3Endpoint });
  const forger = createS3Uploads({ client: async () => s3, bucket: "uploads", formUrl: "/_local/uploads" });
  const form = await forger.form("06afxg7d5s5qybzc1r1q6m8k2w", { type: "image/png", size: 1 });
  s3.destroy();
  const answer = await postUpload(service.call, form, Buffer.from("x"));
  expect([answer.status, answer.body.toString()]).toEqual([
    403,
    expect.stringContaining("SignatureDoesNotMatch"),
  ]);
});
