/** What a run printed until it was killed, and when that was, in ms since 1970. */
export interface KilledRun {
  readonly output: string;
  readonly killedAt: number;
}

const begins = ["job.leased", "job.taken-over"];
const ends = ["job.succeeded", "job.failed", "job.retrying", "job.held", "job.outcome-unknown"];

/** The jobs that a run has begun under a lease and not ended, by what it has printed. */
export function jobsUnderWay(output: string): readonly string[] {
  const open = new Set<string>();
  for (const { event, job } of stepsOf(output)) {
    if (begins.includes(event)) open.add(job);
    if (ends.includes(event)) open.delete(job);
  }
  return [...open];
}

/**
 * The longest time from a kill to the next start of a job that was under way, under a lease, at that moment; in ms, 0
 * where there was none.
 */
export function slowestRestart(runs: readonly KilledRun[]): number {
  const printed = runs.map(({ output }) => stepsOf(output));
  const times = runs.flatMap(({ killedAt, output }, index) =>
    jobsUnderWay(output).flatMap((job) => {
      const later = printed.slice(index + 1).flat();
      const start = later.find((step) => step.job === job && begins.includes(step.event));
      return start ? [sinceMs(killedAt, start.time)] : [];
    }),
  );
  return Math.max(0, ...times);
}

interface Step {
  /** Of the day, UTC. */
  readonly time: string;
  readonly event: string;
  readonly job: string;
}

function stepsOf(output: string): readonly Step[] {
  return [...output.matchAll(/^(\d\d:\d\d:\d\d\.\d{3}) [ !] (job\.\S+) +(\S+)/gm)].map(
    ([, time = "", event = "", job = ""]) => ({ time, event, job }),
  );
}

const dayMs = 86_400_000;

/** From a moment to the next time that the clock shows this. */
function sinceMs(moment: number, time: string): number {
  return (Date.parse(`1970-01-01T${time}Z`) - (moment % dayMs) + dayMs) % dayMs;
}
