import { describe, expect, jest, test } from "@jest/globals";
import { atCalls, type FaultName, faultNames } from "./faults.ts";
import { firstSeed as seed } from "./seeds.ts";
import { simulate } from "./simulate.ts";

/** What a run of thousands of jobs never misses: the others strike so rarely that it may. */
const frequent: readonly FaultName[] = [...atCalls, "lose", "redriven"];

// It takes half a minute of a core that has nothing else to do.
jest.setTimeout(300_000);

describe("simulated sign-ups", () => {
  test("whatever dies, errs, pauses or is down, every accepted job ends and each invariant holds", async () => {
    const { jobs, faults, broken } = await simulate({ jobs: 4000, seed, faults: faultNames });
    expect(broken).toEqual([]);
    expect(jobs).toBeGreaterThanOrEqual(4000);
    for (const name of frequent) expect([name, faults.get(name)]).toEqual([name, expect.any(Number)]);
    expect(faults.get("crash")).toBeGreaterThan(1000);
  });
});
