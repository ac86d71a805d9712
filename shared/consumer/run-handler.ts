import type { JobContext, JobHandler, JobResult } from "../catalog/handler.ts";
import type { Clock } from "../clock/clock.ts";
import { runWithin } from "../clock/run-within.ts";
import type { Outcome } from "./verdict.ts";

/** Runs a handler up to `deadline` (ms since 1970), and for 2 s more. Never throws: as `runWithin`. */
export async function runHandler<Input>(
  handler: JobHandler<Input>,
  input: Input,
  context: Omit<JobContext, "signal">,
  limits: { readonly clock: Clock; readonly deadline: number },
): Promise<Outcome> {
  const ended = await runWithin((signal) => handler(input, { ...context, signal }), limits);
  return ended.kind === "returned"
    ? { kind: "returned", result: ended.value as JobResult | undefined }
    : ended;
}
