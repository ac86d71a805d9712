import {
  cachedSecret,
  createGuardedPost,
  createMasterSecretStore,
  createWebhookChannel,
} from "../../shared/index.ts";
import type { createEngine } from "../engine.ts";
import type { Environment } from "../environment.ts";
import { openSecretStore } from "../secret-store.ts";

/** What tells flows' ends to webhooks works with. */
export function createWebhooks(engine: ReturnType<typeof createEngine>, environment: Environment) {
  const { webhookItems: table, localWebhooks: loopback, clock, entropy, profile } = engine;
  const store = openSecretStore(environment.secretPlace("WEBHOOK_SECRET"));
  const defaults = environment.defaultWebhooks();
  const channel = createWebhookChannel({
    ...engine,
    ...{ table, defaults },
    post: createGuardedPost({ loopback }),
    masterSecret: cachedSecret(createMasterSecretStore({ store, clock, entropy }), { clock, profile }),
  });
  return { ...engine, channel, defaults };
}
