import { testWorker } from "../test-worker.ts";
import { handle } from "./handler.ts";
import { failFirstRun } from "./job.ts";

export const handler = testWorker(failFirstRun, handle);
