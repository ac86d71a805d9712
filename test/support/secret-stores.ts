import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemEntropy } from "../../shared/clock/entropy.ts";
import { createFileSecretStore } from "../../shared/secret/file-secret-store.ts";
import type { SecretStore } from "../../shared/secret/secret-store.ts";
import { createSsmSecretStore } from "../../shared/secret/ssm-secret-store.ts";
import { startParameterStore } from "./parameter-store.ts";

/** Where one secret is kept. */
export interface SecretHome {
  /** The store of another process. */
  open(): SecretStore;
  /** Writes something else there. */
  spoil(text: string): Promise<void>;
  stop(): Promise<void>;
}

async function startFiles(): Promise<SecretHome> {
  const folder = await mkdtemp(join(tmpdir(), "errand-secret-"));
  const path = join(folder, "secret");
  return {
    open: () => createFileSecretStore({ path, entropy: systemEntropy }),
    spoil: (text) => writeFile(path, text),
    stop: () => rm(folder, { recursive: true }),
  };
}

async function startSsm(): Promise<SecretHome> {
  const name = "/errand/errand/secret";
  const { client, parameters, stop } = await startParameterStore();
  return {
    open: () => createSsmSecretStore({ client: async () => client, name }),
    async spoil(text) {
      parameters.set(name, { Value: text, Type: "SecureString" });
    },
    stop,
  };
}

export const secretStoreAdapters = [
  ["a file", startFiles],
  ["the Parameter Store", startSsm],
] as const;
