import { sqsDispatcher } from "../../shared/aws/index.ts";
import { createEngine } from "../engine.ts";
import { readEnvironment } from "../environment.ts";

export const handler = sqsDispatcher(() => createEngine(readEnvironment()));
