import type { NotificationChannels } from "../../shared/index.ts";
import type { createEngine } from "../engine.ts";
import type { Environment } from "../environment.ts";
import { createPush } from "../socket/wiring.ts";
import { createWebhooks } from "./webhooks.ts";

/** How this service tells. */
export function createChannels(
  engine: ReturnType<typeof createEngine>,
  environment: Environment,
): NotificationChannels {
  const push = createPush(engine, environment);
  return {
    ...createWebhooks(engine, environment),
    push: ({ flow }) => push(flow),
  };
}
