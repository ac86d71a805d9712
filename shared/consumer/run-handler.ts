import type { JobContext, JobHandler, JobResult } from "../catalog/handler.ts";
import type { Clock } from "../clock/clock.ts";
import type { Outcome } from "./verdict.ts";

/** How long past its deadline a handler may take to notice the abort. */
const graceMilliseconds = 2000;

/**
 * Runs a handler up to `deadline` (ms since 1970), when its signal is aborted, and for 2 s more. Never throws: a handler
 * that still runs then is `stuck`, and nothing that it does later is heard.
 */
export async function runHandler<Input>(
  handler: JobHandler<Input>,
  input: Input,
  context: Omit<JobContext, "signal">,
  { clock, deadline }: { readonly clock: Clock; readonly deadline: number },
): Promise<Outcome> {
  const controller = new AbortController();
  const stopped = Promise.withResolvers<Outcome>();
  let cancel = clock.after(deadline - clock.now(), () => {
    controller.abort(new DOMException("the job's deadline has passed", "TimeoutError"));
    cancel = clock.after(graceMilliseconds, () => stopped.resolve({ kind: "stuck" }));
  });
  // In a function of its own, so that a handler which throws before its first await is caught as well.
  const work = async () => handler(input, { ...context, signal: controller.signal });
  work().then(
    (result) => stopped.resolve({ kind: "returned", result: result as JobResult | undefined }),
    (error: unknown) => stopped.resolve({ kind: "threw", error, timedOut: controller.signal.aborted }),
  );
  try {
    return await stopped.promise;
  } finally {
    cancel();
  }
}
