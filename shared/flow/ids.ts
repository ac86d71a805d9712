import { createHash } from "node:crypto";
import type { Entropy } from "../clock/entropy.ts";

/** Crockford's base 32 in lower case: no letter that is read as a digit, safe in URLs, S3 keys and file names. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** A flow's id, and any other that is made here: 26 characters of base 32 hold 128 bits. */
export const idPattern = /^[0-9a-hjkmnp-tv-z]{26}$/;

/** 128 random bits: a flow without an idempotency key, a message, a lease, a settle. */
export function randomId(entropy: Entropy): string {
  return base32(entropy.bytes(16));
}

/**
 * The flow that an idempotency key names. Derived, so that the flow's own item is the record of the key and
 * nothing more is written; the flow's name is hashed with it, so that two flows never share an id.
 */
export function flowIdOfKey(flowName: string, idempotencyKey: string): string {
  return base32(createHash("sha256").update(`${flowName}\n${idempotencyKey}`).digest().subarray(0, 16));
}

export function isFlowId(text: string): boolean {
  return idPattern.test(text);
}

/** One job of one flow. */
export interface JobAddress {
  readonly flow: string;
  readonly key: string;
}

export function jobId({ flow, key }: JobAddress): string {
  return `${flow}.${key}`;
}

/** Neither a flow's id nor a key contains a dot. */
export function parseJobId(text: string): JobAddress | undefined {
  const dot = text.indexOf(".");
  const address = { flow: text.slice(0, dot), key: text.slice(dot + 1) };
  return dot >= 0 && isFlowId(address.flow) && address.key !== "" ? address : undefined;
}

function base32(bytes: Uint8Array): string {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  let text = "";
  for (let left = Math.ceil((bytes.length * 8) / 5); left > 0; left--) {
    text = alphabet.charAt(Number(value & 31n)) + text;
    value >>= 5n;
  }
  return text;
}
