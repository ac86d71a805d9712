import { httpFunction } from "../../../../functions/api/lambda-http.ts";
import { readEnvironment } from "../../../../functions/environment.ts";
import { onceReady } from "../../../../shared/index.ts";
import { createApiFromEnvironment } from "./wiring.ts";

export const handler = httpFunction(onceReady(async () => createApiFromEnvironment(readEnvironment())));
