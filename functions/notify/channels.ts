import type { NotificationChannels } from "../../shared/index.ts";
import type { createEngine } from "../engine.ts";
import type { Environment } from "../environment.ts";
import { createWebhooks } from "./webhooks.ts";

/** How this service tells. */
export function createChannels(
  engine: ReturnType<typeof createEngine>,
  environment: Environment,
): NotificationChannels {
  return {
    ...createWebhooks(engine, environment),
    // Nothing marks a flow as watched yet.
    async push() {},
  };
}
