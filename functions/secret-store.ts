import { ssmSecretStore } from "../shared/aws/index.ts";
import { createFileSecretStore, type SecretPlace, type SecretStore, systemEntropy } from "../shared/index.ts";

/** The store of a secret, by the place that the environment names: the embedded run has a file where AWS has a parameter. */
export function openSecretStore({ kind, name }: SecretPlace): SecretStore {
  return kind === "file"
    ? createFileSecretStore({ path: name, entropy: systemEntropy })
    : ssmSecretStore(name);
}
