import type { Clock } from "./clock.ts";

/** How a piece of work ended. `timedOut`: past its deadline, whether it has stopped or not. */
export type Ended<Value> =
  | { readonly kind: "returned"; readonly value: Value }
  | { readonly kind: "threw"; readonly error: unknown; readonly timedOut: boolean }
  | { readonly kind: "stuck" };

/** How long past its deadline work may take to notice the abort. */
const graceMilliseconds = 2000;

/**
 * Runs work up to `deadline` (ms since 1970), when its signal is aborted, and for 2 s more. Never throws: what still runs then is
 * `stuck`, and nothing that it does later is heard.
 */
export async function runWithin<Value>(
  work: (signal: AbortSignal) => Value | Promise<Value>,
  { clock, deadline }: { readonly clock: Clock; readonly deadline: number },
): Promise<Ended<Value>> {
  const controller = new AbortController();
  const stopped = Promise.withResolvers<Ended<Value>>();
  let cancel = clock.after(deadline - clock.now(), () => {
    controller.abort(new DOMException("the deadline has passed", "TimeoutError"));
    cancel = clock.after(graceMilliseconds, () => stopped.resolve({ kind: "stuck" }));
  });
  // In a function of its own, so that work which throws before its first await is caught as well.
  const run = async () => work(controller.signal);
  run().then(
    (value) => stopped.resolve({ kind: "returned", value }),
    (error: unknown) => stopped.resolve({ kind: "threw", error, timedOut: controller.signal.aborted }),
  );
  try {
    return await stopped.promise;
  } finally {
    cancel();
  }
}
