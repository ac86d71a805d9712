import { type DurationProfile, webhookTimes } from "../catalog/queue-settings.ts";
import type { Clock } from "../clock/clock.ts";
import type { Entropy } from "../clock/entropy.ts";
import type { SecretStore } from "../secret/secret-store.ts";
import { type MasterSecret, newMasterSecret, type RotationOptions, rotated } from "./origin-secret.ts";

/** A service's master secret, where it is kept. */
export interface MasterSecretStore {
  /** The secret; made and kept where there is none yet. Throws what the store throws. */
  read(): Promise<MasterSecret>;
  /**
   * Makes a new one. The one before goes on signing for a day. Throws where that of the last rotation still does, unless forced, and where another
   * rotates at the same moment.
   */
  rotate(options?: RotationOptions): Promise<MasterSecret>;
}

/** The master secret as JSON in the service's own store. */
export function createMasterSecretStore({
  store,
  clock,
  entropy,
}: {
  readonly store: SecretStore;
  readonly clock: Clock;
  readonly entropy: Entropy;
}): MasterSecretStore {
  const read = () => store.read(() => encodeMasterSecret(newMasterSecret(entropy)));
  return {
    read: async () => parseMasterSecret(await read()),
    async rotate(options) {
      // There may be none yet.
      await read();
      const text = await store.rotate((before) =>
        encodeMasterSecret(rotated(parseMasterSecret(before), entropy, clock.now(), options)),
      );
      return parseMasterSecret(text);
    },
  };
}

/** Read once, and again after a minute: a rotation reaches every worker within that time. One that can't be read again is as good as it was. */
export function cachedSecret(
  store: Pick<MasterSecretStore, "read">,
  { clock, profile }: { readonly clock: Clock; readonly profile: DurationProfile },
): () => Promise<MasterSecret> {
  const milliseconds = webhookTimes(profile).secretSeconds * 1000;
  let known: { readonly secret: MasterSecret; readonly at: number } | undefined;
  let reading: Promise<MasterSecret> | undefined;

  async function read(): Promise<MasterSecret> {
    try {
      known = { secret: await store.read(), at: clock.now() };
    } catch (error) {
      if (!known) throw error;
      known = { ...known, at: clock.now() };
    } finally {
      reading = undefined;
    }
    return known.secret;
  }

  return async () => {
    if (known && clock.now() - known.at < milliseconds) return known.secret;
    // All deliveries of a batch ask at once.
    reading ??= read();
    return reading;
  };
}

function encodeMasterSecret({ current, previous, rotatedAt }: MasterSecret): string {
  return JSON.stringify({ current, previous, rotatedAt });
}

/**
 * Reads a kept secret. The error doesn't repeat it.
 * @throws Error in the form `<path>: <rule>`
 */
function parseMasterSecret(text: string): MasterSecret {
  const value = parseJson(text);
  const { current, previous, rotatedAt } = value;
  if (!isSecret(current)) throw new Error("webhook secret: JSON with current, 32 bytes in base64");
  if (previous === undefined || rotatedAt === undefined) return { current };
  if (isSecret(previous) && typeof rotatedAt === "number") return { current, previous, rotatedAt };
  throw new Error("webhook secret: previous, 32 bytes in base64, and rotatedAt, a number");
}

function parseJson(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // As anything else that is no object.
  }
  return {};
}

function isSecret(value: unknown): value is string {
  return typeof value === "string" && Buffer.from(value, "base64").length === 32;
}
