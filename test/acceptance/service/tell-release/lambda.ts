import { testWorker } from "../test-worker.ts";
import { handle } from "./handler.ts";
import { tellRelease } from "./job.ts";

export const handler = testWorker(tellRelease, handle);
