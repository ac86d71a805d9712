import { OutageError, RetryAfterError } from "../catalog/job-errors.ts";

/** For how many seconds a job stays away from a service that throttles beyond the SDK's own three tries. */
const throttledSeconds = 15;

/** S3's word is a 503, DynamoDB's and the rest's are 400s: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
const throttles =
  /^(SlowDown|Throttling(Exception)?|ThrottledException|TooManyRequestsException|ProvisionedThroughputExceededException|RequestLimitExceeded|RequestThrottled(Exception)?)$/;

/**
 * The job's error for a failed call of AWS that may be repeated, such as a put under the job's own key. Throttled: wait, without
 * an attempt. Out of reach, failing (5xx), or refusing us whatever the job (401, 403, 404: a grant, a bucket or a table is
 * missing): an outage of `dependency`, the name that jobs have for it in their `uses`. Anything else is the
 * caller's, as it came.
 */
export function awsJobError(error: unknown, dependency: string): unknown {
  if (!(error instanceof Error)) return error;
  const { status, code } = seen(error);
  const codes = [status, code].filter(Boolean).join(" ");
  if (throttles.test(code)) return new RetryAfterError(`throttled (${codes})`, throttledSeconds);
  if (status === undefined && !isOfTheNetwork(error)) return error;
  if (status === undefined) return new OutageError(`out of reach (${codes || error.name})`, dependency);
  if (status >= 500) return new OutageError(`failing (${codes})`, dependency);
  return [401, 403, 404].includes(status) ? new OutageError(`refused (${codes})`, dependency) : error;
}

/** The answer's status, where there was one, and the service's or the system's name for the error. */
function seen(error: Error): { readonly status: number | undefined; readonly code: string } {
  const { $metadata: metadata, code } = error as { $metadata?: { httpStatusCode?: unknown }; code?: unknown };
  const status = metadata?.httpStatusCode;
  const name = typeof code === "string" ? code : error.name;
  return {
    status: typeof status === "number" ? status : undefined,
    code: /^\w{2,64}$/.test(name) ? name : "",
  };
}

/** The SDK notes on what it throws how often it has tried: without an answer, that was the network. An abort is ours. */
function isOfTheNetwork(error: Error): boolean {
  return "$metadata" in error && error.name !== "AbortError";
}
