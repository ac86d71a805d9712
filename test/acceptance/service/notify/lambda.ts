import { createEngine } from "../../../../functions/engine.ts";
import { readEnvironment } from "../../../../functions/environment.ts";
import { createChannels } from "../../../../functions/notify/channels.ts";
import { sqsNotifier } from "../../../../shared/aws/index.ts";
import { catalog } from "../catalog.ts";

export const handler = sqsNotifier(() => {
  const environment = readEnvironment();
  const engine = createEngine(environment, catalog);
  return { ...engine, channels: createChannels(engine, environment) };
});
