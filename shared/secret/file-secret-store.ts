import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import type { Entropy } from "../clock/entropy.ts";
import { randomId } from "../flow/ids.ts";
import type { SecretStore } from "./secret-store.ts";

/** A secret in a file of the embedded run's state directory, which nobody but its owner may read. */
export function createFileSecretStore({
  path,
  entropy,
}: {
  readonly path: string;
  readonly entropy: Entropy;
}): SecretStore {
  const read = () => readFile(path, "utf8");

  return {
    read: (create) =>
      read().catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
        await writeFirst(path, create(), entropy);
        return read();
      }),
    async rotate(next) {
      const file = `${path}.new`;
      // One at a time: the second of two would never know the first's secret.
      await writeFile(file, "", { mode: 0o600, flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
        throw new Error(`${file}: one rotation at a time (remove it if none is running), got a second`);
      });
      try {
        const text = next(await read());
        await writeFile(file, text);
        await rename(file, path);
        return text;
      } catch (error) {
        await rm(file, { force: true });
        throw error;
      }
    },
  };
}

/** Whole or not at all, also for who reads at the same moment. Where another process was faster, its secret counts. */
async function writeFirst(path: string, text: string, entropy: Entropy): Promise<void> {
  const temporary = `${path}.${randomId(entropy)}`;
  await writeFile(temporary, text, { mode: 0o600 });
  await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await rm(temporary);
}
