import { faultNames } from "../simulation/faults.ts";
import { faultPairs } from "../simulation/pairs.ts";
import { drainAfterOutage, reachDeadline, waitOutOutage } from "../simulation/scenarios.ts";
import { nightlySeed as seed } from "../simulation/seeds.ts";
import { simulate } from "../simulation/simulate.ts";
import type { Part, Report } from "./part.ts";

/** What `npm test` simulates on a small scale, in full and from a fresh seed. */
export const simulation: Part = async (report, signal) => {
  const { jobs, broken } = await simulate({ jobs: 100_000, seed, faults: faultNames }, () =>
    signal.throwIfAborted(),
  );
  tell(report, `${jobs} jobs with every fault from seed ${seed}`, broken);
};

/** Outages of hours and days, with as many jobs as a service has. */
export const outages: Part = async (report, signal) => {
  const tellReplay = (what: string, broken: readonly string[]) =>
    tell(report, `${what} (replay: ERRAND_SEED=${seed} npm run nightly -- outages)`, broken);
  tellReplay("two hours of outage, 10 000 jobs waiting", await drainAfterOutage(seed, 10_000));
  for (const days of [10, 13]) {
    signal.throwIfAborted();
    const world = { jobs: 150, inFlight: 120, days };
    tellReplay(`${days} days of outage, more jobs than fit in flight`, await waitOutOutage(seed, world));
  }
};

/** Flows that can't end before their deadline. */
export const deadlines: Part = async (report, signal) => {
  for (const fault of ["queueRefusing", "jobPaused"] as const) {
    const broken = await reachDeadline(seed, { jobs: 2000, fault }, () => signal.throwIfAborted());
    tell(report, `2000 jobs past their deadlines by ${fault} from seed ${seed}`, broken);
  }
};

/** Each fault beside each other, where no third excuses what they break. */
export const pairs: Part = async (report, signal) => {
  const all = faultPairs();
  const broken: string[] = [];
  for (const faults of all) {
    const tally = await simulate({ jobs: 600, seed, faults }, () => signal.throwIfAborted());
    broken.push(...tally.broken);
  }
  tell(report, `${all.length} pairs of faults, 600 jobs each, from seed ${seed}`, broken);
};

function tell(report: Report, what: string, broken: readonly string[]): void {
  if (broken.length === 0) report.passed(what);
  else report.failed(`${what}: ${broken.length} broken\n${broken.slice(0, 20).join("\n")}`);
}
