import { testWorker } from "../test-worker.ts";
import { handle } from "./handler.ts";
import { killWorker } from "./job.ts";

export const handler = testWorker(killWorker, handle);
