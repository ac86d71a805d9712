import { expect, test } from "@jest/globals";
import { createHandler } from "../../functions/render-receipt/handler.ts";
import type { JobContext } from "../../shared/catalog/handler.ts";
import type { FileStore } from "../../shared/files/file-store.ts";

const input = { name: "Zoë Ångström", email: "zoe@example.com", plan: "pro" } as const;

function contextOf(signal: AbortSignal): JobContext {
  const flow = {
    id: "01jz8k3m5n7p9qrstvwxyz0123",
    name: "sign-up",
    createdAt: new Date("2026-11-02T12:00:00Z"),
  };
  return { id: `${flow.id}.receipt`, key: "receipt", flow, run: 2, attempt: 1, signal };
}

function recordingFiles() {
  const puts: { key: string; bytes: Uint8Array; contentType: string; fileName?: string | undefined }[] = [];
  const files: FileStore = {
    async put(key, bytes, options) {
      puts.push({ key, bytes, contentType: options.contentType, fileName: options.fileName });
    },
    url: () => Promise.reject(new Error("not asked for")),
  };
  return { files, puts };
}

test("The handler stores a PDF under the job's own key and names it in its result.", async () => {
  const { files, puts } = recordingFiles();
  const result = await createHandler({ files })(input, contextOf(new AbortController().signal));
  expect(result).toEqual({ file: "receipt.pdf" });
  expect(puts).toHaveLength(1);
  expect(puts[0]).toMatchObject({
    key: "01jz8k3m5n7p9qrstvwxyz0123/receipt/2/receipt.pdf",
    contentType: "application/pdf",
    fileName: "R-01JZ8K3M5N.pdf",
  });
  expect(
    Buffer.from(puts[0]?.bytes ?? [])
      .subarray(0, 5)
      .toString(),
  ).toBe("%PDF-");
});

test("The same job run twice stores the same bytes.", async () => {
  const { files, puts } = recordingFiles();
  const handler = createHandler({ files });
  await handler(input, contextOf(new AbortController().signal));
  await handler(input, contextOf(new AbortController().signal));
  expect(Buffer.compare(puts[0]?.bytes ?? Buffer.alloc(0), puts[1]?.bytes ?? Buffer.alloc(1))).toBe(0);
});

test("A job past its deadline stores nothing.", async () => {
  const { files, puts } = recordingFiles();
  const late = createHandler({ files })(input, contextOf(AbortSignal.abort(new Error("deadline"))));
  await expect(late).rejects.toThrow("deadline");
  expect(puts).toEqual([]);
});

test("A deadline that passes while the receipt is drawn keeps it from being stored.", async () => {
  const { files, puts } = recordingFiles();
  const deadline = new AbortController();
  const running = createHandler({ files })(input, contextOf(deadline.signal));
  deadline.abort(new Error("deadline"));
  await expect(running).rejects.toThrow("deadline");
  expect(puts).toEqual([]);
});
