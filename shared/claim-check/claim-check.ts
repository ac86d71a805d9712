import { createHash } from "node:crypto";
import { PermanentError } from "../catalog/job-errors.ts";
import { InvalidDefinitionError, InvalidInputError } from "../catalog/violation.ts";
import { maximumMessageBytes, messageBytes } from "../queue/batches.ts";
import type { MessageAttributes } from "../queue/queue.ts";
import type { PayloadStore } from "./payload-store.ts";
import { TooLargeError } from "./payload-store.ts";
import { formatPointer, legacySizeAttribute, parsePointer, sizeAttribute } from "./pointer.ts";

/** What travels in a message: the body itself, or the pointer to it and the attribute that states its size. */
export interface WireBody {
  readonly body: string;
  readonly attributes: MessageAttributes;
}

/** The claim check pattern: a body too large for a message goes to S3 once, and only its reference travels. */
export interface ClaimCheck {
  /**
   * The body as it travels; it is in S3 before the answer if it has to be. Idempotent: the key contains the body's hash.
   * @throws InvalidInputError where nobody would ever load so much.
   */
  offload(flow: string, body: string, attributes: MessageAttributes): Promise<WireBody>;
  /**
   * The body that the message stands for.
   * @throws PermanentError where the pointer is not ours, the object is missing, or its size is not as stated.
   */
  load(wire: WireBody): Promise<string>;
  /**
   * Puts the payload that the message points to once more, under its own key, so that the days until the bucket's lifecycle
   * deletes it are counted anew; nothing where the body travels itself. Throws as `load` does.
   */
  restamp(wire: WireBody): Promise<void>;
}

/** 192 KiB: the break-even of S3 against SQS's billing by 64 KiB, for a payload that three jobs share. */
export const defaultThresholdBytes = 192 * 1024;

/** The most that is ever fetched: 16 times SQS's own limit, far less than a worker's memory. */
export const maximumPayloadBytes = 16 * 1024 * 1024;

/** Below this prefix the payload bucket holds flows' bodies; nothing else is ever fetched from it. */
const prefix = "flows/";

export function createClaimCheck({
  store,
  thresholdBytes = defaultThresholdBytes,
}: {
  readonly store: PayloadStore;
  /** Bodies whose message would be larger, attributes included, are offloaded. UTF-8 bytes, default 192 KiB. */
  readonly thresholdBytes?: number;
}): ClaimCheck {
  if (!(thresholdBytes >= 0 && thresholdBytes <= maximumMessageBytes)) {
    throw new InvalidDefinitionError("thresholdBytes", `0 to ${maximumMessageBytes} bytes`, thresholdBytes);
  }
  return {
    async offload(flow, body, attributes) {
      if (messageBytes({ body, attributes }) <= thresholdBytes) return { body, attributes: {} };
      const bytes = Buffer.from(body);
      if (bytes.length > maximumPayloadBytes) {
        const rule = `at most ${maximumPayloadBytes} bytes of JSON with all its jobs`;
        throw new InvalidInputError([{ path: "input", rule, got: `${bytes.length} bytes` }]);
      }
      const key = `${prefix}${flow}/${createHash("sha256").update(bytes).digest("hex")}`;
      await store.put(key, bytes);
      return {
        body: formatPointer({ bucket: store.bucket, key }),
        attributes: { [sizeAttribute]: bytes.length },
      };
    },
    async load(wire) {
      const payload = await fetchPointed(store, wire);
      if (!payload) return wire.body;
      const { buffer, byteOffset, byteLength } = payload.bytes;
      return Buffer.from(buffer, byteOffset, byteLength).toString();
    },
    async restamp(wire) {
      const payload = await fetchPointed(store, wire);
      if (payload) await store.put(payload.key, payload.bytes);
    },
  };
}

/** What the message points to; undefined where its body is no pointer. */
async function fetchPointed(store: PayloadStore, { body, attributes }: WireBody) {
  const pointer = parsePointer(body);
  if (!pointer) return undefined;
  const { bucket, key } = pointer;
  if (bucket !== store.bucket) {
    throw new PermanentError(`payload: in our bucket ${store.bucket}, got another bucket`);
  }
  if (!key.startsWith(prefix) || key.includes("..")) {
    throw new PermanentError(`payload: a key under ${prefix}, got another key`);
  }
  return { key, bytes: await fetchPayload(store, key, statedSize(attributes)) };
}

function statedSize(attributes: MessageAttributes): number {
  const size = attributes[sizeAttribute] ?? attributes[legacySizeAttribute];
  if (typeof size === "number" && Number.isSafeInteger(size) && size > 0 && size <= maximumPayloadBytes)
    return size;
  throw new PermanentError(`${sizeAttribute}: 1 to ${maximumPayloadBytes} bytes, got ${size ?? "nothing"}`);
}

async function fetchPayload(store: PayloadStore, key: string, size: number): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await store.get(key, size);
  } catch (error) {
    if (error instanceof TooLargeError)
      throw new PermanentError(`payload: ${size} bytes as stated, got more`);
    throw error;
  }
  if (!bytes) throw new PermanentError("payload: an object in the bucket, got nothing (was it deleted?)");
  if (bytes.length !== size)
    throw new PermanentError(`payload: ${size} bytes as stated, got ${bytes.length}`);
  return bytes;
}
