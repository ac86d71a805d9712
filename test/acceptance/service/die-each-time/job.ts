import { picklist } from "valibot";
import { record } from "../../../../functions/schemas.ts";
import { defineJob } from "../../../../shared/index.ts";

/** The ways of a worker to die, and one to live. */
const ways = ["memory", "exit", "loop", "deaf", "alive"] as const;

/** Ends its worker's process at every attempt, one way or the other. May run twice, so its first delivery has no lease. */
export const dieEachTime = defineJob({
  name: "die-each-time",
  input: record({ way: picklist(ways, `one of ${ways.join(", ")}`) }),
  timeoutSeconds: 1,
  attempts: 2,
  backoff: { baseSeconds: 1, maximumSeconds: 1 },
});
