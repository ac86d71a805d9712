import { testWorker } from "../test-worker.ts";
import { handle } from "./handler.ts";
import { failOnce } from "./job.ts";

export const handler = testWorker(failOnce, handle);
