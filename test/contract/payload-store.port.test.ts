import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { TooLargeError } from "../../shared/claim-check/payload-store.ts";
import { type PayloadStoreAdapter, payloadStoreAdapters } from "../support/payload-store-adapters.ts";

describe.each(payloadStoreAdapters)("the %s payload store", (_, startAdapter) => {
  let adapter: PayloadStoreAdapter;
  beforeAll(async () => {
    adapter = await startAdapter();
  });
  afterAll(() => adapter.stop());

  test("names its bucket", () => {
    expect(adapter.store.bucket).toBe("payloads");
  });

  test.each([
    ["a few bytes", Buffer.from([0, 255, 128, 10])],
    ["nothing but zeros", Buffer.alloc(100)],
    ["a megabyte", Buffer.alloc(1024 * 1024, "δ😀")],
  ])("hands back what it was given: %s", async (name, bytes) => {
    const key = `flows/round-trip/${name}`;
    await adapter.store.put(key, bytes);
    expect(Buffer.from((await adapter.store.get(key, bytes.length)) ?? []).equals(bytes)).toBe(true);
  });

  test("keeps a copy: bytes that change afterwards change nothing", async () => {
    const bytes = Buffer.from("before");
    await adapter.store.put("flows/copy", bytes);
    bytes.write("after!");
    expect(Buffer.from((await adapter.store.get("flows/copy", 10)) ?? []).toString()).toBe("before");
  });

  test("puts the same key again without complaint", async () => {
    await adapter.store.put("flows/twice", Buffer.from("a"));
    await adapter.store.put("flows/twice", Buffer.from("a"));
    expect(await adapter.store.get("flows/twice", 1)).toHaveLength(1);
  });

  test("has nothing where nothing was put", async () => {
    expect(await adapter.store.get("flows/nowhere", 10)).toBeUndefined();
  });

  test("refuses an object larger than the reader holds, by a byte, and can be read again afterwards", async () => {
    await adapter.store.put("flows/large", Buffer.alloc(300_000, "x"));
    await expect(adapter.store.get("flows/large", 299_999)).rejects.toThrow(TooLargeError);
    expect(await adapter.store.get("flows/large", 300_000)).toHaveLength(300_000);
  });
});
