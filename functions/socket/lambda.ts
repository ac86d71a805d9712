import { onceReady } from "../../shared/index.ts";
import { readEnvironment } from "../environment.ts";
import { socketFunction } from "./lambda-socket.ts";
import { createSocketFromEnvironment } from "./wiring.ts";

export const handler = socketFunction(onceReady(async () => createSocketFromEnvironment(readEnvironment())));
