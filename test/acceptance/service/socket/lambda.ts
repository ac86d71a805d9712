import { readEnvironment } from "../../../../functions/environment.ts";
import { socketFunction } from "../../../../functions/socket/lambda-socket.ts";
import { onceReady } from "../../../../shared/index.ts";
import { createSocketFromEnvironment } from "./wiring.ts";

export const handler = socketFunction(onceReady(async () => createSocketFromEnvironment(readEnvironment())));
