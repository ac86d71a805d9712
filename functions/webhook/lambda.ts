import { sqsWebhookWorker } from "../../shared/aws/index.ts";
import { createEngine } from "../engine.ts";
import { readEnvironment } from "../environment.ts";
import { createWebhooks } from "./wiring.ts";

export const handler = sqsWebhookWorker(() => {
  const environment = readEnvironment();
  return createWebhooks(createEngine(environment), environment);
});
