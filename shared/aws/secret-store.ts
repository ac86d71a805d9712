import type { SecretStore } from "../secret/secret-store.ts";
import { createSsmSecretStore } from "../secret/ssm-secret-store.ts";
import { ssmClient } from "./clients.ts";

/** The store of a secret that is the Parameter Store's parameter of that name. */
export const ssmSecretStore = (name: string): SecretStore =>
  createSsmSecretStore({ client: ssmClient, name });
