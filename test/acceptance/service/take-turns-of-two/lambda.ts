import { handle } from "../take-turn.ts";
import { testWorker } from "../test-worker.ts";
import { takeTurnsOfTwo } from "./job.ts";

export const handler = testWorker(takeTurnsOfTwo, handle);
