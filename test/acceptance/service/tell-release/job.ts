import { record } from "../../../../functions/schemas.ts";
import { defineJob } from "../../../../shared/index.ts";

/** Tells which release of its worker ran it. */
export const tellRelease = defineJob({ name: "tell-release", input: record({}), publicResult: ["release"] });
