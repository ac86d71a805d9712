import type { JobResult } from "../catalog/handler.ts";
import type { JobDefinition } from "../catalog/job.ts";
import {
  NotDoneError,
  OutageError,
  PermanentError,
  RetryAfterError,
  UnknownOutcomeError,
} from "../catalog/job-errors.ts";
import { type DurationProfile, longestBackoffSeconds } from "../catalog/queue-settings.ts";
import { errorText, maximumTextBytes } from "../flow/flow-record.ts";

/** How a run of the handler ended. `timedOut`: past the job's deadline, whether it has stopped or not. */
export type Outcome =
  | { readonly kind: "returned"; readonly result: JobResult | undefined }
  | { readonly kind: "threw"; readonly error: unknown; readonly timedOut: boolean }
  | { readonly kind: "stuck" };

/** What becomes of the job. */
export type Verdict =
  /** `error` where it succeeded with a result that can't be kept. */
  | { readonly status: "succeeded"; readonly result?: string; readonly error?: string }
  | { readonly status: "failed"; readonly error: string }
  | {
      readonly status: "retrying";
      readonly error: string;
      readonly waitSeconds: number;
      readonly countAttempt: boolean;
    }
  /** A service is down, and nothing was done. `since`, where it is known to have been down before, in ms since 1970. */
  | {
      readonly status: "held";
      readonly error: string;
      readonly dependency: string;
      readonly since?: number;
    }
  /** The effect may have happened: the lease is kept, and when it is over the job's rule decides. */
  | { readonly status: "unknown"; readonly error: string };

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
  if (error instanceof OutageError)
    return { status: "held", error: words(error), dependency: error.dependency };
  if (error instanceof NotDoneError || error instanceof RetryAfterError) return again(words(error));
  const reason = timedOut && !(error instanceof UnknownOutcomeError) ? timeout : words(error);
  return job.effect ? unknown(reason) : again(reason);

  function again(reason: string): Verdict {
    if (attempts + 1 >= job.attempts) return { status: "failed", error: reason };
    return {
      status: "retrying",
      error: reason,
      // Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
      waitSeconds: jitter * longestBackoffSeconds(job, attempts, profile),
      countAttempt: true,
    };
  }
}

/** The work is done, whatever it returned: a result that can't be kept is left out, and said so. */
function success(result: JobResult | undefined): Verdict {
  if (result === undefined) return { status: "succeeded" };
  if (!isFlatRecord(result))
    return unkept("a flat record of texts, numbers and booleans, got something else");
  const text = JSON.stringify(result);
  const bytes = Buffer.byteLength(text);
  if (bytes <= maximumTextBytes) return { status: "succeeded", result: text };
  return unkept(`at most ${maximumTextBytes} bytes of JSON, got ${bytes}`);
}

function unkept(rule: string): Verdict {
  return { status: "succeeded", error: `result: ${rule}` };
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

/** Our own errors' messages; of any other error its name and code alone. */
function words(error: unknown): string {
  const own = ownErrors.some((kind) => error instanceof kind);
  return errorText(own && error instanceof Error && error.message !== "" ? error.message : kindOf(error));
}

const ownErrors = [NotDoneError, OutageError, PermanentError, RetryAfterError, UnknownOutcomeError];

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${typeof error}`;
  return "code" in error && typeof error.code === "string" ? `${error.name} ${error.code}` : error.name;
}
