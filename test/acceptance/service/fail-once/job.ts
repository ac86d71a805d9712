import { record } from "../../../../functions/schemas.ts";
import { defineJob } from "../../../../shared/index.ts";

/** Fails on its first attempt and succeeds on its second. */
export const failOnce = defineJob({
  name: "fail-once",
  input: record({}),
  backoff: { baseSeconds: 1, maximumSeconds: 1 },
  publicResult: ["attempt"],
});
