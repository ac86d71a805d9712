import { record } from "../../../../functions/schemas.ts";
import { defineJob } from "../../../../shared/index.ts";

/**
 * Kills its process on its first attempt and succeeds on its second. Under a lease from the start, or nobody would know
 * that there was a first one. A short timeout, from which the visibility timeout follows: the message comes back
 * after that.
 */
export const killWorker = defineJob({
  name: "kill-worker",
  input: record({}),
  timeoutSeconds: 2,
  effect: { once: "resend" },
  publicResult: ["attempt"],
});
