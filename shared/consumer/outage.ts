import { type Breaker, breakerName, breakersOf, openReason } from "../breaker/breaker.ts";
import { NoTurnError, NotDoneError, PermanentError, RetryAfterError } from "../catalog/job-errors.ts";
import type { ConsumerTools } from "./consumer-ports.ts";
import type { Outcome, Verdict } from "./verdict.ts";

/**
 * The verdict as the breakers make it. A probe that isn't done is held like all others, without an attempt: the service
 * still fails, only in another way. A dependency that the job doesn't name counts as the job's own.
 */
export function verdictWithin(
  { job, clock }: ConsumerTools,
  probing: readonly Breaker[],
  outcome: Outcome,
  verdict: Verdict,
): Verdict {
  const named = verdict.status === "held" ? verdict.dependency : failedProbe(probing, outcome);
  if (named === undefined || verdict.status === "succeeded") return verdict;
  const dependency = breakersOf(job).includes(named) ? named : job.name;
  const since = probing.find((breaker) => breakerName(breaker) === dependency)?.since ?? clock.now();
  return { status: "held", error: verdict.error, dependency, since };
}

function failedProbe([probed]: readonly Breaker[], outcome: Outcome): string | undefined {
  const notDone = outcome.kind === "threw" && outcome.error instanceof NotDoneError;
  return probed && notDone ? breakerName(probed) : undefined;
}

/**
 * Opens or closes breakers by what became of an attempt, after it was settled: nothing may come between an effect and
 * its record. Trouble with it costs nothing: the next worker finds the outage itself, the next probe its end.
 */
export async function tellBreakers(
  { breakers, watch, log, job: { name: queue } }: ConsumerTools,
  probing: readonly Breaker[],
  outcome: Outcome,
  verdict: Verdict,
): Promise<void> {
  try {
    if (verdict.status === "held") {
      const breaker = await breakers.open(verdict.dependency, verdict.error);
      watch.note(breaker);
      log({ level: "warn", event: "breaker.open", queue, reason: openReason(breaker) });
    } else if (isWell(outcome)) {
      for (const breaker of probing) {
        watch.note(await breakers.close(breaker));
        log({ level: "info", event: "breaker.closed", queue, reason: openReason(breaker) });
      }
    }
  } catch (error) {
    watch.forget();
    const reason = error instanceof Error ? error.message : String(error);
    log({ level: "warn", event: "message.failed", queue, reason });
  }
}

/** The service did the work, or had an answer to this very job. Waiting for a turn of our own, nobody has asked it. */
function isWell(outcome: Outcome): boolean {
  if (outcome.kind !== "threw") return outcome.kind === "returned";
  const { error } = outcome;
  return (
    error instanceof PermanentError || (error instanceof RetryAfterError && !(error instanceof NoTurnError))
  );
}
