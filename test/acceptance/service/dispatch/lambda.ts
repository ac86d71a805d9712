import { createEngine } from "../../../../functions/engine.ts";
import { readEnvironment } from "../../../../functions/environment.ts";
import { sqsDispatcher } from "../../../../shared/aws/index.ts";
import { catalog } from "../catalog.ts";

export const handler = sqsDispatcher(() => createEngine(readEnvironment(), catalog));
