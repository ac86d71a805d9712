import { createSsmSecretStore, ssmClient } from "../../shared/aws/index.ts";
import {
  cachedSecret,
  createFileSecretStore,
  createGuardedPost,
  createWebhookChannel,
  type MasterSecretStore,
  systemClock,
  systemEntropy,
} from "../../shared/index.ts";
import type { createEngine } from "../engine.ts";
import type { Environment } from "../environment.ts";

/** What tells flows' ends to webhooks works with. */
export function createWebhooks(engine: ReturnType<typeof createEngine>, environment: Environment) {
  const { webhookItems: table, localWebhooks: loopback, clock } = engine;
  const channel = createWebhookChannel({
    ...engine,
    table,
    post: createGuardedPost({ loopback }),
    masterSecret: cachedSecret(createSecretStore(environment), { clock }),
  });
  return { ...engine, channel, defaults: environment.defaultWebhooks() };
}

/** Where the service's master secret is, by its environment. */
export function createSecretStore(environment: Environment): MasterSecretStore {
  const { kind, name } = environment.webhookSecret();
  const ports = { clock: systemClock, entropy: systemEntropy };
  return kind === "file"
    ? createFileSecretStore({ path: name, ...ports })
    : createSsmSecretStore({ client: ssmClient, name, ...ports });
}
