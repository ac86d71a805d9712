import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { PermanentError } from "../../shared/catalog/job-errors.ts";
import {
  createClaimCheck,
  defaultThresholdBytes,
  maximumPayloadBytes,
} from "../../shared/claim-check/claim-check.ts";
import { createMemoryPayloadStore } from "../../shared/claim-check/memory-payload-store.ts";
import { formatPointer, parsePointer } from "../../shared/claim-check/pointer.ts";
import { flowId } from "../support/builders.ts";

function setUp(thresholdBytes?: number) {
  const store = createMemoryPayloadStore("payloads");
  const claimCheck = createClaimCheck({ store, ...(thresholdBytes === undefined ? {} : { thresholdBytes }) });
  return { store, claimCheck };
}

/** 3 + 6 + 5 bytes of an attribute. */
const attributes = { job: "12345" };
const attributeBytes = 14;
/** 2 + 4 + 1 bytes of UTF-8 in four UTF-16 units. */
const multiByte = "δ😀x";

describe("a body", () => {
  test.each([
    ["one byte below", -1, false],
    ["exactly at", 0, false],
    ["one byte above", 1, true],
  ])("%s the threshold, attributes counted, goes there and back", async (_, offset, isOffloaded) => {
    const { claimCheck } = setUp(1000);
    const body = multiByte + "x".repeat(1000 - attributeBytes - 7 + offset);
    expect(Buffer.byteLength(body)).toBe(1000 - attributeBytes + offset);
    const wire = await claimCheck.offload(flowId, body, attributes);
    expect(parsePointer(wire.body) !== undefined).toBe(isOffloaded);
    expect(wire.attributes).toEqual(isOffloaded ? { ExtendedPayloadSize: Buffer.byteLength(body) } : {});
    expect(await claimCheck.load({ ...wire, attributes: { ...attributes, ...wire.attributes } })).toBe(body);
  });

  test("is counted in bytes, not in characters", async () => {
    const { claimCheck } = setUp(100);
    const wire = await claimCheck.offload(flowId, "😀".repeat(26), {});
    expect(wire.attributes).toEqual({ ExtendedPayloadSize: 104 });
  });

  test("has 192 KiB unless another threshold is set", async () => {
    const { claimCheck } = setUp();
    expect(defaultThresholdBytes).toBe(196_608);
    expect((await claimCheck.offload(flowId, "x".repeat(196_608), {})).attributes).toEqual({});
    expect((await claimCheck.offload(flowId, "x".repeat(196_609), {})).attributes).not.toEqual({});
  });

  test("lies under its flow and its hash, so that offloading it again puts nothing else", async () => {
    const { claimCheck, store } = setUp(10);
    const body = "a body of more than ten bytes";
    const key = `flows/${flowId}/${createHash("sha256").update(body).digest("hex")}`;
    const first = await claimCheck.offload(flowId, body, {});
    expect(parsePointer(first.body)).toEqual({ bucket: "payloads", key });
    expect(await claimCheck.offload(flowId, body, {})).toEqual(first);
    expect(Buffer.from((await store.get(key, 100)) ?? []).toString()).toBe(body);
  });

  test("that nobody could load is refused before it is stored", async () => {
    const { claimCheck } = setUp();
    await expect(claimCheck.offload(flowId, "x".repeat(maximumPayloadBytes + 1), {})).rejects.toThrow(
      `input: at most ${maximumPayloadBytes} bytes of JSON with all its jobs, got ${maximumPayloadBytes + 1} bytes`,
    );
  });
});

describe("a pointer", () => {
  const key = `flows/${flowId}/hash`;
  async function load(pointer: { bucket?: string; key?: string }, sizes: Record<string, string | number>) {
    const { claimCheck, store } = setUp();
    await store.put(key, Buffer.from("12345"));
    await store.put("profiles/secret", Buffer.from("12345"));
    return claimCheck.load({
      body: formatPointer({ bucket: "payloads", key, ...pointer }),
      attributes: sizes,
    });
  }

  test("is followed by the current attribute, or by the Java client 1.x's", async () => {
    expect(await load({}, { ExtendedPayloadSize: 5 })).toBe("12345");
    expect(await load({}, { SQSLargePayloadSize: 5 })).toBe("12345");
  });

  test.each<[string, { bucket?: string; key?: string }, Record<string, string | number>, string]>([
    [
      "to another bucket",
      { bucket: "theirs" },
      { ExtendedPayloadSize: 5 },
      "payload: in our bucket payloads, got another bucket",
    ],
    [
      "outside of the prefix",
      { key: "profiles/secret" },
      { ExtendedPayloadSize: 5 },
      "payload: a key under flows/, got another key",
    ],
    [
      "out of the prefix by dots",
      { key: "flows/../profiles/secret" },
      { ExtendedPayloadSize: 5 },
      "payload: a key under flows/, got another key",
    ],
    [
      "to nothing",
      { key: "flows/nowhere" },
      { ExtendedPayloadSize: 5 },
      "payload: an object in the bucket, got nothing (was it deleted?)",
    ],
    ["to more than stated", {}, { ExtendedPayloadSize: 4 }, "payload: 4 bytes as stated, got more"],
    ["to less than stated", {}, { ExtendedPayloadSize: 6 }, "payload: 6 bytes as stated, got 5"],
    ["without a size", {}, {}, "ExtendedPayloadSize: 1 to 16777216 bytes, got nothing"],
    [
      "with a size that is a text",
      {},
      { ExtendedPayloadSize: "5" },
      "ExtendedPayloadSize: 1 to 16777216 bytes, got 5",
    ],
    ["with a size of 0", {}, { ExtendedPayloadSize: 0 }, "ExtendedPayloadSize: 1 to 16777216 bytes, got 0"],
    [
      "with a size below 0",
      {},
      { ExtendedPayloadSize: -5 },
      "ExtendedPayloadSize: 1 to 16777216 bytes, got -5",
    ],
    [
      "with half a byte",
      {},
      { ExtendedPayloadSize: 4.5 },
      "ExtendedPayloadSize: 1 to 16777216 bytes, got 4.5",
    ],
    [
      "with a size over the cap",
      {},
      { ExtendedPayloadSize: 16_777_217 },
      "ExtendedPayloadSize: 1 to 16777216 bytes, got 16777217",
    ],
    [
      "with no number for a size",
      {},
      { ExtendedPayloadSize: Number.NaN },
      "ExtendedPayloadSize: 1 to 16777216 bytes, got NaN",
    ],
  ])("%s is a permanent error", async (_, pointer, sizes, message) => {
    await expect(load(pointer, sizes)).rejects.toThrow(new PermanentError(message));
  });

  test("is followed into the cap, to the byte", async () => {
    const { claimCheck, store } = setUp();
    await store.put(key, Buffer.alloc(maximumPayloadBytes, "x"));
    const body = formatPointer({ bucket: "payloads", key });
    const loaded = await claimCheck.load({ body, attributes: { ExtendedPayloadSize: maximumPayloadBytes } });
    expect(loaded).toHaveLength(maximumPayloadBytes);
  });

  test("is tried again later where the store can't be reached: no permanent error", async () => {
    const store = {
      ...createMemoryPayloadStore("payloads"),
      get: () => Promise.reject(new Error("unreachable")),
    };
    const refusal = createClaimCheck({ store }).load({
      body: formatPointer({ bucket: "payloads", key }),
      attributes: { ExtendedPayloadSize: 5 },
    });
    await expect(refusal).rejects.toThrow(new Error("unreachable"));
  });
});

test("a body that is no pointer is itself, whatever its attributes say", async () => {
  const { claimCheck } = setUp();
  expect(await claimCheck.load({ body: "hello", attributes: { ExtendedPayloadSize: 99 } })).toBe("hello");
});

test("a threshold that no message could reach is refused", () => {
  const store = createMemoryPayloadStore();
  expect(() => createClaimCheck({ store, thresholdBytes: 1024 * 1024 + 1 })).toThrow(
    "thresholdBytes: 0 to 1048576 bytes, got 1048577",
  );
});

describe("a restamp", () => {
  test("puts the payload once more under its own key, as it is", async () => {
    const { claimCheck, store } = setUp(10);
    const wire = await claimCheck.offload(flowId, multiByte.repeat(9), {});
    const puts: [string, string][] = [];
    store.put = async (key, bytes) => void puts.push([key, Buffer.from(bytes).toString()]);
    await claimCheck.restamp(wire);
    expect(puts).toEqual([[parsePointer(wire.body)?.key, multiByte.repeat(9)]]);
  });

  test("of a body that travels itself does nothing", async () => {
    const { claimCheck, store } = setUp();
    store.put = () => Promise.reject(new Error("put"));
    await claimCheck.restamp({ body: "hello", attributes: {} });
  });

  test("of what isn't there, or isn't ours, is refused as its load is", async () => {
    const { claimCheck } = setUp();
    const wire = {
      body: formatPointer({ bucket: "payloads", key: "flows/x" }),
      attributes: { ExtendedPayloadSize: 7 },
    };
    await expect(claimCheck.restamp(wire)).rejects.toThrow(PermanentError);
    const theirs = { ...wire, body: formatPointer({ bucket: "theirs", key: "flows/x" }) };
    await expect(claimCheck.restamp(theirs)).rejects.toThrow("in our bucket");
  });
});
