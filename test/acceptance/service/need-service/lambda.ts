import { testWorker } from "../test-worker.ts";
import { handle } from "./handler.ts";
import { needService } from "./job.ts";

export const handler = testWorker(needService, handle);
