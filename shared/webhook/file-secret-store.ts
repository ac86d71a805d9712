import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import type { Clock } from "../clock/clock.ts";
import type { Entropy } from "../clock/entropy.ts";
import { randomId } from "../flow/ids.ts";
import { encodeMasterSecret, type MasterSecretStore, parseMasterSecret } from "./master-secret.ts";
import { type MasterSecret, newMasterSecret, rotated } from "./origin-secret.ts";

/** The master secret in a file of the embedded run's state directory, which nobody but its owner may read. */
export function createFileSecretStore({
  path,
  clock,
  entropy,
}: {
  readonly path: string;
  readonly clock: Clock;
  readonly entropy: Entropy;
}): MasterSecretStore {
  async function read(): Promise<MasterSecret> {
    const text = await readFile(path, "utf8").catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      await create();
      return readFile(path, "utf8");
    });
    return parseMasterSecret(text);
  }

  /** Whole or not at all, also for who reads at the same moment. Where another process was faster, its secret counts. */
  async function create(): Promise<void> {
    const temporary = `${path}.${randomId(entropy)}`;
    await writeFile(temporary, encodeMasterSecret(newMasterSecret(entropy)), { mode: 0o600 });
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    await rm(temporary);
  }

  return {
    read,
    async rotate(options) {
      const file = `${path}.new`;
      // One at a time: the second of two would never know the first's secret.
      await writeFile(file, "", { mode: 0o600, flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
        throw new Error(`${file}: one rotation at a time (remove it if none is running), got a second`);
      });
      try {
        const secret = rotated(await read(), entropy, clock.now(), options);
        await writeFile(file, encodeMasterSecret(secret));
        await rename(file, path);
        return secret;
      } catch (error) {
        await rm(file, { force: true });
        throw error;
      }
    },
  };
}
