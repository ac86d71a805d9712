import { createHmac } from "node:crypto";
import type { Entropy } from "../clock/entropy.ts";

/** What the secrets of all origins are made of. One who has it can sign in the service's name. */
export interface MasterSecret {
  /** 32 bytes in base64. */
  readonly current: string;
  /** The one before, which signs too for a day after the rotation. */
  readonly previous?: string | undefined;
  /** Milliseconds since 1970. */
  readonly rotatedAt?: number | undefined;
}

/** How long receivers have to take the new secret over. */
export const rotationSeconds = 24 * 60 * 60;

export function newMasterSecret(entropy: Entropy): MasterSecret {
  return { current: randomSecret(entropy) };
}

/** Whether a rotation may end the promised day of the secret before. */
export interface RotationOptions {
  /** Default false: such a rotation is refused. */
  readonly force?: boolean;
}

/**
 * A new one; that which was current goes on signing for a day.
 * @throws Error while the one before that still signs: receivers were promised a day, and there is room for one only
 */
export function rotated(
  { current, previous, rotatedAt = 0 }: MasterSecret,
  entropy: Entropy,
  now: number,
  { force = false }: RotationOptions = {},
): MasterSecret {
  const until = rotatedAt + rotationSeconds * 1000;
  if (!force && previous !== undefined && now < until) {
    const rule = "a day between two rotations, since the secret before signs for that long";
    throw new Error(
      `webhook secret: ${rule} (until ${new Date(until).toISOString()}; --force ends it at once), got a rotation at ${new Date(now).toISOString()}`,
    );
  }
  return { current: randomSecret(entropy), previous: current, rotatedAt: now };
}

/**
 * The secrets of an origin (scheme, host and port), the newest first: two for a day after a rotation. All its endpoints share them, so
 * that a receiver with a URL for each of its customers has one secret, and another origin can't sign as this one. Derived, so that
 * nothing is stored for an origin.
 */
export function originSecrets(master: MasterSecret, origin: string, now: number): readonly string[] {
  const { current, previous, rotatedAt = 0 } = master;
  const old = previous !== undefined && now < rotatedAt + rotationSeconds * 1000 ? [previous] : [];
  return [current, ...old].map((secret) => derive(secret, origin));
}

/** 32 bytes, of the 24 to 64 that the specification allows. The label keeps this use apart from any other of the master. */
function derive(master: string, origin: string): string {
  const key = createHmac("sha256", Buffer.from(master, "base64")).update(`errand webhook 1\n${origin}`);
  return `whsec_${key.digest("base64")}`;
}

function randomSecret(entropy: Entropy): string {
  return Buffer.from(entropy.bytes(32)).toString("base64");
}
