import { record } from "../../../../functions/schemas.ts";
import { defineJob } from "../../../../shared/index.ts";

/** Fails on each of its two attempts. */
export const exhaustAttempts = defineJob({
  name: "exhaust-attempts",
  input: record({}),
  attempts: 2,
  backoff: { baseSeconds: 1, maximumSeconds: 1 },
});
