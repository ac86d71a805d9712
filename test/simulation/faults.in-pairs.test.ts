import { describe, expect, test } from "@jest/globals";
import { lastingFaults } from "./faults.ts";
import { withCauses } from "./pairs.ts";
import { firstSeed as seed } from "./seeds.ts";
import { simulate } from "./simulate.ts";

// With all faults a process may have died, which excuses an attempt too many. `npm run nightly` has each fault beside each other.
describe("simulated sign-ups while servers throttle", () => {
  test.each(lastingFaults)("spend no attempt but for a run that counts: %s", async (name) => {
    const { broken } = await simulate({ jobs: 800, seed, faults: withCauses("throttle", name) });
    expect(broken).toEqual([]);
  });
});
