import { systemEntropy } from "../clock/entropy.ts";
import { createFileSecretStore } from "../secret/file-secret-store.ts";
import type { SecretPlace, SecretStore } from "../secret/secret-store.ts";
import { createSsmSecretStore } from "../secret/ssm-secret-store.ts";
import { ssmClient } from "./clients.ts";

/** The store of a secret, by the place that the environment names: the embedded run has a file where AWS has a parameter. */
export function openSecretStore({ kind, name }: SecretPlace): SecretStore {
  return kind === "file"
    ? createFileSecretStore({ path: name, entropy: systemEntropy })
    : createSsmSecretStore({ client: ssmClient, name });
}
