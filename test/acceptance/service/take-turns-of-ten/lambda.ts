import { handle } from "../take-turn.ts";
import { testWorker } from "../test-worker.ts";
import { takeTurnsOfTen } from "./job.ts";

export const handler = testWorker(takeTurnsOfTen, handle);
