import { testWorker } from "../test-worker.ts";
import { handle } from "./handler.ts";
import { failForGood } from "./job.ts";

export const handler = testWorker(failForGood, handle);
