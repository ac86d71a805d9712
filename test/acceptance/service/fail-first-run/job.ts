import { record } from "../../../../functions/schemas.ts";
import { defineJob } from "../../../../shared/index.ts";

/** Fails for good in its first run, and succeeds in the next: as if its cause was mended before it was redriven. */
export const failFirstRun = defineJob({ name: "fail-first-run", input: record({}), publicResult: ["run"] });
