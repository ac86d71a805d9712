import type { MessageAttributes } from "../../shared/queue/queue.ts";

/** What a run of a job is called, by the job's id. */
export function runId(job: string, run: number): string {
  return `${job}/${run}`;
}

/** The run that a letter is of. */
export function runOfLetter({ job, run }: MessageAttributes): string {
  return runId(String(job), Number(run));
}
