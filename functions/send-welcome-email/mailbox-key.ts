import { type Entropy, OutageError, onceReady, type SecretStore, systemEntropy } from "../../shared/index.ts";
import { withCodes } from "./service-error.ts";

const bytes = 32;

/**
 * The key of the mailboxes' hashes: 256 bits in base64url, which the service's first welcome email makes. A process reads it once, when it
 * first sends.
 * @throws OutageError of the mail where it can't be read: every mail needs it, and waits. It is asked for again then.
 */
export function createMailboxKey(
  store: Pick<SecretStore, "read">,
  entropy: Entropy = systemEntropy,
): () => Promise<string> {
  const read = onceReady(async () => {
    const key = await store.read(() => Buffer.from(entropy.bytes(bytes)).toString("base64url"));
    // A shorter one would be no secret; the error doesn't repeat it.
    if (Buffer.from(key, "base64url").length !== bytes)
      throw new RangeError("mailbox key: 32 bytes in base64url");
    return key;
  });
  return () =>
    read().catch((error: unknown) => {
      const kind = error instanceof Error ? error.name : "";
      throw new OutageError(withCodes("The key of the mailboxes' hashes can't be read", kind), "mail");
    });
}
