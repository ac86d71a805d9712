import { expect, test } from "@jest/globals";
import sharp from "sharp";
import { createHandler } from "../../functions/resize-avatar/handler.ts";
import { resizeAvatar } from "../../functions/resize-avatar/job.ts";
import type { JobContext } from "../../shared/catalog/handler.ts";
import { maximumTextBytes } from "../../shared/flow/flow-record.ts";
import { pattern } from "../support/pictures.ts";

const flow = {
  id: "01jz8k3m5n7p9qrstvwxyz0123",
  name: "sign-up",
  createdAt: new Date("2026-11-02T12:00:00Z"),
};
const upload = "06afxg7d5s5qybzc1r1q6m8k2w";
const contextOf = (signal: AbortSignal): JobContext => ({
  ...{ id: `${flow.id}.resize-avatar`, key: "resize-avatar", flow, run: 2, attempt: 1, signal },
});
const patient = () => contextOf(new AbortController().signal);

interface Put {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly signal: AbortSignal | undefined;
}

/** The handler over an upload; `onPut` is told of each file. */
async function handlerOf(bytes: Uint8Array | undefined, onPut: (put: Put) => void = () => {}) {
  const asked: { upload: string; flow: string; signal: AbortSignal }[] = [];
  const puts: Put[] = [];
  const handler = createHandler({
    uploads: {
      async read(upload, flow, { signal }) {
        asked.push({ upload, flow, signal });
        return bytes;
      },
    },
    files: {
      async put(key, stored, { contentType, signal }) {
        const put = { key, bytes: stored, contentType, signal };
        puts.push(put);
        onPut(put);
      },
      url: () => Promise.reject(new Error("not asked for")),
    },
  });
  return { handler, asked, puts };
}

test("Six pictures are stored under the job's own keys, and its result names them.", async () => {
  const { handler, asked, puts } = await handlerOf(await pattern(600, 400).jpeg().toBuffer());
  const result = await handler({ upload }, patient());
  expect(asked).toMatchObject([{ upload, flow: flow.id }]);
  expect(result).toEqual({
    ...{ webp512: "avatar-512.webp", avif512: "avatar-512.avif" },
    ...{ webp256: "avatar-256.webp", avif256: "avatar-256.avif" },
    ...{ webp64: "avatar-64.webp", avif64: "avatar-64.avif" },
  });
  expect(resizeAvatar.publicResult).toEqual(Object.keys(result ?? {}));
  expect(JSON.stringify(result).length).toBeLessThanOrEqual(maximumTextBytes);
  const stored = puts.map(async ({ key, bytes, contentType }) => {
    const { format, compression, width, height } = await sharp(bytes).metadata();
    return [key, contentType, compression ?? format, width, height];
  });
  const folder = `${flow.id}/resize-avatar/2`;
  expect(await Promise.all(stored)).toEqual([
    [`${folder}/avatar-512.webp`, "image/webp", "webp", 512, 512],
    [`${folder}/avatar-512.avif`, "image/avif", "av1", 512, 512],
    [`${folder}/avatar-256.webp`, "image/webp", "webp", 256, 256],
    [`${folder}/avatar-256.avif`, "image/avif", "av1", 256, 256],
    [`${folder}/avatar-64.webp`, "image/webp", "webp", 64, 64],
    [`${folder}/avatar-64.avif`, "image/avif", "av1", 64, 64],
  ]);
});

test("The same job run twice stores the same bytes.", async () => {
  const { handler, puts } = await handlerOf(await pattern().png().toBuffer());
  await handler({ upload }, patient());
  await handler({ upload }, patient());
  const digests = puts.map(({ bytes }) => Buffer.from(bytes).toString("base64"));
  expect(digests.slice(0, 6)).toEqual(digests.slice(6));
});

test("An upload that is gone fails the job for good.", async () => {
  const { handler, puts } = await handlerOf(undefined);
  await expect(handler({ upload }, patient())).rejects.toMatchObject({
    ...{ name: "PermanentError", message: "the upload is gone" },
  });
  expect(puts).toEqual([]);
});

test("Every call of a store is given the job's signal, and a job past its deadline stores nothing more.", async () => {
  const deadline = new AbortController();
  const { handler, asked, puts } = await handlerOf(await pattern().png().toBuffer(), () =>
    deadline.abort(new Error("deadline")),
  );
  await expect(handler({ upload }, contextOf(deadline.signal))).rejects.toThrow("deadline");
  expect(asked.map(({ signal }) => signal)).toEqual([deadline.signal]);
  expect(puts.map(({ signal }) => signal)).toEqual([deadline.signal]);
});

test("A deadline that has passed when the upload is read keeps it from being decoded.", async () => {
  const { handler, puts } = await handlerOf(Buffer.from("no picture"));
  const late = handler({ upload }, contextOf(AbortSignal.abort(new Error("deadline"))));
  await expect(late).rejects.toThrow("deadline");
  expect(puts).toEqual([]);
});
