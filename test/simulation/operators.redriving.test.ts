import { describe, expect, test } from "@jest/globals";
import type { FaultName } from "./faults.ts";
import { brokenInvariants } from "./invariants.ts";
import { pausable } from "./jobs.ts";
import { firstSeed as seed, withReplay } from "./seeds.ts";
import { runWorld, type World, type WorldOptions } from "./world.ts";

const hour = 3600 * 1000;

/** What SQS may do, and nothing else. */
const queues: readonly FaultName[] = ["duplicate", "expire", "delay", "reorder"];

async function unbroken(options: Omit<WorldOptions, "seed">): Promise<World> {
  const world = await runWorld({ seed, ...options });
  expect(withReplay(brokenInvariants(world), seed, "operators.redriving")).toEqual([]);
  return world;
}

const jobsOf = ({ table }: World) => [...table.all()].flatMap(({ jobs }) => Object.entries(jobs));

describe("failed jobs are run again by their letters, and what has succeeded is not", () => {
  test.each([
    ["that our own tool redrives", "redriven"],
    ["that SQS moves back", "movedBack"],
  ] as const)("%s", async (_, way) => {
    const world = await unbroken({ flows: 600, faults: ["permanent", way, ...queues] });
    const again = jobsOf(world).filter(([, { run }]) => run > 0);
    expect(again.length).toBeGreaterThan(0);
    expect(again.length).toBeLessThanOrEqual(world.redriven.size);
    // What can't be done once is rarely so twice.
    expect(again.some(([, { status }]) => status === "succeeded")).toBe(true);
  });
});

test("a job that is paused for three hours waits, whatever is delivered, and all others go on", async () => {
  const world = await unbroken({ flows: 20, faults: ["jobPaused", ...queues], hours: { jobPaused: 3 } });
  const ends = Map.groupBy(jobsOf(world), ([key]) => key === pausable);
  const times = (paused: boolean) =>
    (ends.get(paused) ?? []).map(([, { finishedAt = 0 }]) => finishedAt - world.began);
  expect(Math.min(...times(true))).toBeGreaterThan(3 * hour);
  expect(Math.max(...times(false))).toBeLessThan(hour);
});
