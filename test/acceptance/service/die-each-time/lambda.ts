import { testWorker } from "../test-worker.ts";
import { handle } from "./handler.ts";
import { dieEachTime } from "./job.ts";

export const handler = testWorker(dieEachTime, handle);
