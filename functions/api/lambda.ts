import { onceReady } from "../../shared/index.ts";
import { readEnvironment } from "../environment.ts";
import { httpFunction } from "./lambda-http.ts";
import { createApiFromEnvironment } from "./wiring.ts";

export const handler = httpFunction(onceReady(async () => createApiFromEnvironment(readEnvironment())));
