import { describe, expect, test } from "@jest/globals";
import { faultNames } from "./faults.ts";
import { withCauses } from "./pairs.ts";
import { firstSeed as seed } from "./seeds.ts";
import { simulate } from "./simulate.ts";
import { runWorld } from "./world.ts";

describe("simulated sign-ups", () => {
  test("without faults: each job succeeds at the first attempt with one effect", async () => {
    const { table, effects, accepted } = await runWorld({ seed, flows: 20, faults: [] });
    expect(accepted.size).toBe(20);
    expect(new Set([...effects.stories.values()].map(({ happened }) => happened))).toEqual(new Set([1]));
    const jobs = [...table.all()].flatMap((flow) => Object.values(flow.jobs));
    expect(jobs.length).toBe(80);
    expect(new Set(jobs.map(({ status, attempts }) => `${status} ${attempts}`))).toEqual(
      new Set(["succeeded 1"]),
    );
  });

  // Alone a fault can't be hidden by another, and more invariants can be asked for.
  test.each(faultNames)("with one fault: %s", async (name) => {
    const { broken } = await simulate({ jobs: 300, seed, faults: withCauses(name) });
    expect(broken).toEqual([]);
  });
});
