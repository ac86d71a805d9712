import { createSsmSecretStore, ssmClient } from "../../shared/aws/index.ts";
import {
  cachedSecret,
  createFileSecretStore,
  createGuardedPost,
  createWebhookNotifications,
  type MasterSecretStore,
  systemClock,
  systemEntropy,
} from "../../shared/index.ts";
import type { createEngine } from "../engine.ts";
import type { Environment } from "../environment.ts";

/** Tells flows' ends to webhooks. */
export function createWebhooks(engine: ReturnType<typeof createEngine>, environment: Environment) {
  const { webhookItems: table, localWebhooks: loopback, clock } = engine;
  return createWebhookNotifications({
    ...engine,
    table,
    post: createGuardedPost({ loopback }),
    masterSecret: cachedSecret(createSecretStore(environment), { clock }),
  });
}

/** Where the service's master secret is, by its environment. */
export function createSecretStore(environment: Environment): MasterSecretStore {
  const { kind, name } = environment.webhookSecret();
  const ports = { clock: systemClock, entropy: systemEntropy };
  return kind === "file"
    ? createFileSecretStore({ path: name, ...ports })
    : createSsmSecretStore({ client: ssmClient, name, ...ports });
}
