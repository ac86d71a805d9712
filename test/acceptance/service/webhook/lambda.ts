import { createEngine } from "../../../../functions/engine.ts";
import { readEnvironment } from "../../../../functions/environment.ts";
import { createWebhooks } from "../../../../functions/webhook/wiring.ts";
import { sqsWebhookWorker } from "../../../../shared/aws/index.ts";
import { catalog } from "../catalog.ts";

export const handler = sqsWebhookWorker(() => {
  const environment = readEnvironment();
  return createWebhooks(createEngine(environment, catalog), environment);
});
