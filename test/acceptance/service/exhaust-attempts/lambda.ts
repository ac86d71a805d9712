import { testWorker } from "../test-worker.ts";
import { handle } from "./handler.ts";
import { exhaustAttempts } from "./job.ts";

export const handler = testWorker(exhaustAttempts, handle);
