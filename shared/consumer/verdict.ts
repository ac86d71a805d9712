import type { JobResult } from "../catalog/handler.ts";
import type { JobDefinition } from "../catalog/job.ts";
import { PermanentError, RetryAfterError, UnknownOutcomeError } from "../catalog/job-errors.ts";
import type { DurationProfile } from "../catalog/queue-settings.ts";

/** How a run of the handler ended. `timedOut`: past the job's deadline, whether it has stopped or not. */
export type Outcome =
  | { readonly kind: "returned"; readonly result: JobResult | undefined }
  | { readonly kind: "threw"; readonly error: unknown; readonly timedOut: boolean }
  | { readonly kind: "stuck" };

/** What becomes of the job. */
export type Verdict =
  | { readonly status: "succeeded"; readonly result: string | undefined }
  | { readonly status: "failed"; readonly error: string }
  | {
      readonly status: "retrying";
      readonly error: string;
      readonly waitSeconds: number;
      readonly countAttempt: boolean;
    }
  /** The effect may have happened: the lease is kept, and when it is over the job's rule decides. */
  | { readonly status: "unknown"; readonly error: string };

/** The ledger's item stays small: 200 bytes of error, 200 of result. */
const maximumBytes = 200;

/**
 * C6 of the protocol. `attempts` are those that counted before this one; `jitter` is a random fraction of 1.
 */
export function verdictOf(
  outcome: Outcome,
  job: JobDefinition,
  attempts: number,
  jitter: number,
  profile: DurationProfile,
): Verdict {
  if (outcome.kind === "returned") return success(outcome.result);
  const timeout = `timed out after ${job.timeoutSeconds} s`;
  if (outcome.kind === "stuck") return job.effect ? unknown(timeout) : again(timeout);
  const { error, timedOut } = outcome;
  if (error instanceof PermanentError) return { status: "failed", error: words(error) };
  if (error instanceof RetryAfterError && Number.isFinite(error.seconds)) {
    return {
      status: "retrying",
      error: words(error),
      waitSeconds: Math.max(0, error.seconds),
      countAttempt: false,
    };
  }
  if (error instanceof UnknownOutcomeError) return job.effect ? unknown(words(error)) : again(words(error));
  if (timedOut) return job.effect ? unknown(timeout) : again(timeout);
  return again(words(error));

  function again(reason: string): Verdict {
    if (attempts + 1 >= job.attempts) return { status: "failed", error: reason };
    return {
      status: "retrying",
      error: reason,
      waitSeconds: backoff(job, attempts, jitter, profile),
      countAttempt: true,
    };
  }
}

/** Full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/): any time up to the doubled base. */
function backoff(
  { backoff }: JobDefinition,
  attempts: number,
  jitter: number,
  { backoffScale }: DurationProfile,
): number {
  return jitter * Math.min(backoff.maximumSeconds, backoff.baseSeconds * 2 ** attempts) * backoffScale;
}

function success(result: JobResult | undefined): Verdict {
  if (result === undefined) return { status: "succeeded", result: undefined };
  if (!isFlatRecord(result)) {
    return {
      status: "failed",
      error: "result: a flat record of texts, numbers and booleans, got something else",
    };
  }
  const text = JSON.stringify(result);
  const bytes = Buffer.byteLength(text);
  if (bytes <= maximumBytes) return { status: "succeeded", result: text };
  return { status: "failed", error: `result: at most ${maximumBytes} bytes of JSON, got ${bytes}` };
}

/** Types end at a handler's `as`; what is stored is read by everybody. */
function isFlatRecord(result: unknown): boolean {
  if (typeof result !== "object" || result === null || Array.isArray(result)) return false;
  return Object.values(result).every(
    (value) => Number.isFinite(value) || ["string", "boolean"].includes(typeof value),
  );
}

function unknown(error: string): Verdict {
  return { status: "unknown", error };
}

/** An error's words, cut to 200 bytes of UTF-8 between two characters. */
function words(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return Buffer.from(text)
    .subarray(0, maximumBytes)
    .toString()
    .replace(/\ufffd+$/, "");
}
