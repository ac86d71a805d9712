import { createHash, timingSafeEqual } from "node:crypto";
import type { Entropy } from "../clock/entropy.ts";

/** What a caller follows a flow with: 256 random bits. It is handed out once; only its hash is stored. */
export function randomToken(entropy: Entropy): string {
  return Buffer.from(entropy.bytes(32)).toString("base64url");
}

/**
 * What is stored of a token: 128 bits of its SHA-256. Finding another token with that hash takes 2^128 tries, and an
 * item with four of them stays within one kilobyte, DynamoDB's write unit.
 */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest().subarray(0, 16).toString("base64url");
}

/** As long as a hash, and none: 16 bytes never end so. */
const nobodys = "_".repeat(22);

/** Whether the token is one of those stored, in constant time. Where none is, as for a flow that isn't there, it is compared all the same. */
export function tokenMatches(token: string, hashes: readonly string[]): boolean {
  const hash = Buffer.from(hashToken(token));
  return (hashes.length > 0 ? hashes : [nobodys]).some((stored) => {
    const other = Buffer.from(stored);
    return other.length === hash.length && timingSafeEqual(other, hash);
  });
}
