import { openSecretStore } from "../../shared/aws/index.ts";
import {
  cachedSecret,
  createGuardedPost,
  createMasterSecretStore,
  createWebhookNotifications,
} from "../../shared/index.ts";
import type { createEngine } from "../engine.ts";
import type { Environment } from "../environment.ts";

/** Tells flows' ends to webhooks. */
export function createWebhooks(engine: ReturnType<typeof createEngine>, environment: Environment) {
  const { webhookItems: table, localWebhooks: loopback, clock, entropy } = engine;
  const store = openSecretStore(environment.secretPlace("WEBHOOK_SECRET"));
  return createWebhookNotifications({
    ...engine,
    table,
    post: createGuardedPost({ loopback }),
    masterSecret: cachedSecret(createMasterSecretStore({ store, clock, entropy }), { clock }),
  });
}
