import { describe, expect, test } from "@jest/globals";
import type { EngineEvent } from "../../shared/log/event.ts";
import { type FaultName, faultNames } from "./faults.ts";
import { brokenInvariants } from "./invariants.ts";
import { firstSeed as seed, withReplay } from "./seeds.ts";
import { runWorld, type World } from "./world.ts";

/** A bad deploy on queues that do what SQS may do, and nothing else. */
const faults: readonly FaultName[] = ["badDeploy", "duplicate", "expire", "delay", "reorder"];

const broken = (world: World) => withReplay(brokenInvariants(world), world.seed, "deploys.refusing");
const jobsOf = (world: World) => [...world.table.all()].flatMap(({ jobs }) => Object.values(jobs));

/** How often each job was held. */
function createCount() {
  const counts = new Map<string, number>();
  return {
    note({ event, job = "" }: EngineEvent) {
      if (event === "job.held") counts.set(job, (counts.get(job) ?? 0) + 1);
    },
    counts: () => [...counts.values()],
  };
}

describe("a bad deploy whose schemas refuse what is in flight", () => {
  test("fails no job and spends no attempt, until it is mended", async () => {
    const held = createCount();
    const world = await runWorld({ seed, flows: 20, faults, hours: { badDeploy: 3 }, log: held.note });
    expect(broken(world)).toEqual([]);
    const ends = jobsOf(world).map(({ status, attempts }) => `${status} ${attempts}`);
    expect(new Set(ends)).toEqual(new Set(["succeeded 1"]));
    expect(Math.min(...held.counts())).toBeGreaterThan(10);
    expect(held.counts().length).toBe(ends.length);
  });

  test("ends with letters that say why where nobody mends it, far from the receives that SQS allows", async () => {
    const held = createCount();
    const world = await runWorld({ seed, flows: 2, faults, hours: { badDeploy: 999 }, log: held.note });
    expect(broken(world)).toEqual([]);
    const errors = jobsOf(world).map(({ error }) => error);
    expect(new Set(errors)).toEqual(
      new Set(["deadline: input: as the job's schema says, got something else"]),
    );
    expect(Math.max(...held.counts())).toBeLessThan(500);
  });

  test("breaks no invariant where all else goes wrong as well", async () => {
    for (let index = 0; index < 10; index++) {
      const world = await runWorld({ seed: seed + index, faults: faultNames, hours: { badDeploy: 3 } });
      expect(broken(world)).toEqual([]);
    }
  });
});
