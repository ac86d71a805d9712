import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The key of the mailboxes' hashes, drawn once for a state directory: whoever has had a mail of today has had it after a
 * restart too.
 */
export function readMailboxKey(stateDirectory: string): string {
  const path = join(stateDirectory, "mailbox-key");
  if (!existsSync(path)) {
    // Killed in the middle, the next start finds a whole one or none.
    writeFileSync(`${path}.new`, randomBytes(32).toString("base64url"), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
  return readFileSync(path, "utf8");
}
