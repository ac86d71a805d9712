import { describe, formatViolation, isJobQueue } from "../../../shared/index.ts";
import type { Service } from "../open-service.ts";
import { UsageError } from "../operator-error.ts";
import type { Report } from "../report.ts";

/**
 * `pause`: nothing of the job runs until `resume`. Its breaker is what counts, and survives a deploy that switches the
 * event source on again; switched off, nothing is received only to be held.
 */
export async function pause(service: Service, job: string): Promise<Report> {
  checkJob(service, job);
  await service.breakers.pause(job);
  await service.eventSources?.set(job, false);
  return {
    text: `${job} is paused until \`npm run errand -- resume ${job}\`.\n`,
    json: { job, paused: true },
    done: true,
  };
}

/** `resume`: the reverse. What has been held comes back when its time is over, an hour at the most. */
export async function resume(service: Service, job: string): Promise<Report> {
  checkJob(service, job);
  await service.breakers.resume(job);
  await service.eventSources?.set(job, true);
  return { text: `${job} goes on.\n`, json: { job, paused: false }, done: true };
}

/** A misspelt name would pause nothing, in silence. */
function checkJob({ queues }: Service, job: string): void {
  const jobs = queues.filter(isJobQueue);
  if (jobs.includes(job)) return;
  throw new UsageError(
    formatViolation({ path: "job", rule: `one of ${jobs.join(", ")}`, got: describe(job) }),
  );
}
