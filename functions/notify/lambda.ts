import { sqsPushWorker } from "../../shared/aws/index.ts";
import { createEngine } from "../engine.ts";
import { readEnvironment } from "../environment.ts";
import { createPush } from "../socket/wiring.ts";

export const handler = sqsPushWorker(() => {
  const environment = readEnvironment();
  const engine = createEngine(environment);
  const push = createPush(engine, environment);
  return { ...engine, push: ({ flow }) => push(flow) };
});
