import { describe, expect, test } from "@jest/globals";
import { brokenInvariants } from "./invariants.ts";
import { noFaults } from "./process.ts";
import { runWorld, type World, type WorldOptions } from "./world.ts";

const hostility = { duplicate: 0.1, expire: 0.05, delay: 0.1, reorder: true };
const faults = { crash: 0.01, error: 0.01, lostAnswer: 0.01, pause: 0.002, lose: 0.02, clockSkew: 55_000 };

/** `ERRAND_SEED=n` replays one seed; `random` starts anywhere. Each run prints how to replay what it found. */
const first = process.env["ERRAND_SEED"];
const start = first === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(first ?? 1);
const seeds = first === undefined || first === "random" ? 300 : 1;

async function broken(options: Omit<WorldOptions, "flows">): Promise<readonly string[]> {
  const world = await runWorld({ ...options, flows: 4 });
  return brokenInvariants(world).map(
    (rule) => `${rule} (replay: ERRAND_SEED=${options.seed} npm run jest -- test/simulation)`,
  );
}

describe("simulated sign-ups", () => {
  test("without faults every job succeeds at the first attempt with one effect", async () => {
    const world = await runWorld({ seed: start, flows: 20, faults: noFaults, hostility: {}, calm: true });
    expect(brokenInvariants(world)).toEqual([]);
    expect(world.accepted.size).toBe(20);
    expect(new Set(world.effects.happened.values())).toEqual(new Set([1]));
    const jobs = world.table.all().flatMap((flow) => Object.values(flow.jobs));
    expect(new Set(jobs.map(({ status, attempts }) => `${status} ${attempts}`))).toEqual(
      new Set(["succeeded 1"]),
    );
  });

  test("a hostile queue repeats no effect beyond its rule and loses none", async () => {
    for (let seed = start; seed < start + seeds; seed++) {
      expect(await broken({ seed, faults: noFaults, hostility })).toEqual([]);
    }
  });

  test("whatever dies, errs or pauses, every accepted job ends and each invariant holds", async () => {
    for (let seed = start; seed < start + seeds; seed++) {
      expect(await broken({ seed, faults, hostility })).toEqual([]);
    }
  });

  test("a bad deploy whose schemas refuse what is in flight fails no job and spends no attempt, until it is mended", async () => {
    const refusingHours = 3;
    const calm = { faults: noFaults, hostility, calm: true, refusingHours };
    const world = await runWorld({ seed: start, flows: 20, ...calm });
    const jobs = world.table.all().flatMap((flow) => Object.values(flow.jobs));
    expect(new Set(jobs.map(({ status, attempts }) => `${status} ${attempts}`))).toEqual(
      new Set(["succeeded 1"]),
    );
    expect(world.events.filter(({ event }) => event === "job.held").length).toBeGreaterThan(jobs.length * 10);
    for (let seed = start; seed < start + seeds / 10; seed++) {
      expect(await broken({ seed, faults, hostility, refusingHours })).toEqual([]);
    }
  });

  test("a bad deploy that nobody mends ends with letters that say why, far from the receives that SQS allows", async () => {
    const world = await runWorld({ seed: start, flows: 2, faults: noFaults, hostility, refusingHours: 999 });
    const errors = world.table.all().flatMap(({ jobs }) => Object.values(jobs).map(({ error }) => error));
    expect(new Set(errors)).toEqual(
      new Set(["deadline: input: as the job's schema says, got something else"]),
    );
    expect(world.letters.length).toBeGreaterThanOrEqual(errors.length);
    const holds = world.events.filter(({ event }) => event === "job.held");
    const most = Math.max(...[...Map.groupBy(holds, ({ job }) => job).values()].map(({ length }) => length));
    expect(most).toBeLessThan(500);
  });

  test("the faults are there: processes die, calls fail, answers are lost, and dead workers' jobs are taken over", async () => {
    const worlds: World[] = [];
    for (let seed = 1; seed <= 20; seed++) worlds.push(await runWorld({ seed, flows: 4, faults, hostility }));
    const total = (of: (world: World) => number) => worlds.reduce((sum, world) => sum + of(world), 0);
    expect(total(({ counts }) => counts.crashes)).toBeGreaterThan(20);
    expect(total(({ counts }) => counts.errors)).toBeGreaterThan(20);
    expect(total(({ counts }) => counts.lostAnswers)).toBeGreaterThan(20);
    expect(total(({ counts }) => counts.pauses)).toBeGreaterThan(0);
    expect(
      total(({ events }) => events.filter(({ event }) => event === "job.taken-over").length),
    ).toBeGreaterThan(5);
  });
});
