import { createEngine } from "../../../../functions/engine.ts";
import { readEnvironment } from "../../../../functions/environment.ts";
import { createPush } from "../../../../functions/socket/wiring.ts";
import { sqsPushWorker } from "../../../../shared/aws/index.ts";
import { catalog } from "../catalog.ts";

export const handler = sqsPushWorker(() => {
  const environment = readEnvironment();
  const engine = createEngine(environment, catalog);
  const push = createPush(engine, environment);
  return { ...engine, push: ({ flow }) => push(flow) };
});
