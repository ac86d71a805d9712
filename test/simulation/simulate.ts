import type { FaultName, LastingHours } from "./faults.ts";
import { brokenInvariants } from "./invariants.ts";
import { replayOf } from "./replay.ts";
import { runWorld } from "./world.ts";

export interface SimulationOptions {
  /** How many jobs at least: worlds are run until there are so many. */
  readonly jobs: number;
  /** The seed of the first world; each has its own, one after the other. */
  readonly seed: number;
  readonly faults: readonly FaultName[];
  /** How long lasting faults are there, from the start of each world. Default as their kinds say. */
  readonly hours?: LastingHours;
  /** Whether to end with the first world that breaks an invariant. Default false. */
  readonly first?: boolean;
}

/** What came of many worlds. */
export interface Tally {
  jobs: number;
  worlds: number;
  /** Virtual time, in ms, of all worlds together. */
  milliseconds: number;
  readonly faults: Map<FaultName, number>;
  /** Each with the command that replays it. */
  readonly broken: string[];
}

/** Runs world after world, each from a seed of its own. `heard` is told after each. */
export async function simulate(
  { jobs, seed, faults, hours = {}, first = false }: SimulationOptions,
  heard: (tally: Tally) => void = () => {},
): Promise<Tally> {
  const tally: Tally = { jobs: 0, worlds: 0, milliseconds: 0, faults: new Map(), broken: [] };
  while (tally.jobs < jobs && !(first && tally.broken.length > 0)) {
    const world = await runWorld({ seed: seed + tally.worlds, faults, hours });
    for (const rule of brokenInvariants(world)) tally.broken.push(`${rule} (${replayOf(world)})`);
    for (const [name, count] of world.faults.counts) {
      tally.faults.set(name, (tally.faults.get(name) ?? 0) + count);
    }
    for (const { jobs } of world.table.all()) tally.jobs += Object.keys(jobs).length;
    tally.milliseconds += world.now - world.began;
    tally.worlds++;
    heard(tally);
  }
  return tally;
}
