import { faultNames } from "../simulation/faults.ts";
import { drainAfterOutage, waitOutOutage } from "../simulation/scenarios.ts";
import { nightlySeed as seed } from "../simulation/seeds.ts";
import { simulate } from "../simulation/simulate.ts";
import type { Part } from "./part.ts";

/** What `npm test` simulates on a small scale, in full and from a fresh seed. */
export const simulation: Part = async (report, signal) => {
  const tell = (what: string, broken: readonly string[]) => {
    if (broken.length === 0) report.passed(`${what} from seed ${seed}`);
    else
      report.failed(
        `${what} (replay: ERRAND_SEED=${seed} npm run nightly -- simulation): ${broken.length} broken\n${broken.slice(0, 20).join("\n")}`,
      );
  };
  const { jobs, broken } = await simulate({ jobs: 100_000, seed, faults: faultNames }, () =>
    signal.throwIfAborted(),
  );
  tell(`${jobs} jobs with every fault`, broken);
  tell("two hours of outage, 10 000 jobs waiting", await drainAfterOutage(seed, 10_000));
  for (const days of [10, 13]) {
    signal.throwIfAborted();
    const world = { jobs: 150, inFlight: 120, days };
    tell(`${days} days of outage, more jobs than fit in flight`, await waitOutOutage(seed, world));
  }
};
