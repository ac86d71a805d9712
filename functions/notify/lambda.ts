import { sqsNotifier } from "../../shared/aws/index.ts";
import { createEngine } from "../engine.ts";
import { readEnvironment } from "../environment.ts";
import { createChannels } from "./channels.ts";

export const handler = sqsNotifier(() => {
  const environment = readEnvironment();
  const engine = createEngine(environment);
  return { ...engine, channels: createChannels(engine, environment) };
});
