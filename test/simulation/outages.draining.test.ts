import { describe, expect, test } from "@jest/globals";
import { drainAfterOutage, waitOutOutage } from "./scenarios.ts";
import { firstSeed as seed, withReplay } from "./seeds.ts";

// `npm run nightly` runs the same with 10 000 jobs.
const replayable = (broken: readonly string[]) => withReplay(broken, seed, "outages.draining");

describe("the mail service is down", () => {
  test("for two hours with a thousand jobs waiting: no dead letter, and a drain at the workers' rate", async () => {
    expect(replayable(await drainAfterOutage(seed, 1000))).toEqual([]);
  });

  test("for ten days with more jobs than may be in flight: each succeeds when it is back", async () => {
    expect(replayable(await waitOutOutage(seed, { jobs: 15, inFlight: 12, days: 10 }))).toEqual([]);
  });

  test("until past the deadline: each job fails for that, in time and with a letter, and none is lost", async () => {
    expect(replayable(await waitOutOutage(seed, { jobs: 15, inFlight: 12, days: 13 }))).toEqual([]);
  });
});
