import { flowOf } from "../../shared/catalog/flow.ts";
import { holdSeconds, standardProfile } from "../../shared/catalog/queue-settings.ts";
import { outageText } from "./effects.ts";
import { type FaultName, faultNames } from "./faults.ts";
import { brokenInvariants } from "./invariants.ts";
import { welcome } from "./jobs.ts";
import { simulate, type Tally } from "./simulate.ts";
import { runWorld, type World } from "./world.ts";

const hour = 3600 * 1000;
const day = 24 * hour;
const mailing = flowOf(welcome);

/**
 * Mail is down for two hours, with so many jobs waiting. Answers what is broken: a dead letter, or a drain that takes
 * longer than the backlog does without an outage, and 10 % of that or one hold interval, whichever is more.
 */
export async function drainAfterOutage(seed: number, jobs: number): Promise<readonly string[]> {
  const options = { seed, flows: jobs, flow: mailing };
  const calm = await runWorld({ ...options, faults: [] });
  const world = await runWorld({ ...options, faults: ["mailDown"], hours: { mailDown: 2 } });
  const backlog = lastEnd(calm) - calm.began;
  const most = backlog + Math.max(backlog / 10, holdSeconds(2 * 3600, standardProfile) * 1000);
  const drain = lastEnd(world) - (world.began + 2 * hour);
  return [
    ...brokenInvariants(world),
    ...(world.letters.length === 0 ? [] : [`outage: no dead letter, got ${world.letters.length}`]),
    ...(drain <= most ? [] : [`outage: drained within ${seconds(most)} s, got ${seconds(drain)} s`]),
  ];
}

/**
 * Mail is down for so many days, with more jobs waiting than may be in flight. Answers what is broken: back within the
 * deadline, each job succeeds; else each has failed for what it waited for.
 */
export async function waitOutOutage(
  seed: number,
  { jobs, inFlight, days }: { readonly jobs: number; readonly inFlight: number; readonly days: number },
): Promise<readonly string[]> {
  const world = await runWorld({
    ...{ seed, flows: jobs, flow: mailing, inFlight },
    ...{ faults: ["mailDown"], hours: { mailDown: days * 24 } },
  });
  const expected = days < 11 ? "succeeded" : `failed deadline: mail: ${outageText}`;
  const ends = Map.groupBy(
    [...world.table.all()].flatMap((flow) => Object.values(flow.jobs)),
    ({ status, error }) => (error === undefined ? status : `${status} ${error}`),
  );
  const others = [...ends].filter(([end]) => end !== expected).map(([end, { length }]) => `${length} ${end}`);
  return [
    ...brokenInvariants(world),
    ...(world.accepted.size === jobs ? [] : [`outage: ${jobs} flows accepted, got ${world.accepted.size}`]),
    ...(others.length === 0 ? [] : [`outage: each job ${expected}, got ${others.join(", ")}`]),
    ...(world.now - world.began > days * day || days > 11
      ? []
      : ["outage: waited out, got an end before it"]),
  ];
}

/** What opens a flow again, or has its check lost until its caller comes back, an hour later: then it may end late. */
const prolonging: readonly FaultName[] = ["redriven", "movedBack", "loseCheck"];

/** For longer than a flow may take. */
const beyondDeadlineHours = 280;

/**
 * Worlds with so many jobs in which a queue refuses, or a job is paused, until past every flow's deadline, and all else goes wrong as
 * well. Answers what is broken.
 */
export async function reachDeadline(
  seed: number,
  { jobs, fault }: { readonly jobs: number; readonly fault: "queueRefusing" | "jobPaused" },
  heard: (tally: Tally) => void = () => {},
): Promise<readonly string[]> {
  const faults = faultNames.filter((name) => !prolonging.includes(name));
  const hours = { [fault]: beyondDeadlineHours };
  const { broken, milliseconds, worlds } = await simulate({ jobs, seed, faults, hours }, heard);
  const days = milliseconds / worlds / day;
  return days > 11
    ? broken
    : [...broken, `${fault}: flows open until their deadline, got ${days} days a world`];
}

function lastEnd({ table }: World): number {
  return Math.max(...[...table.ends.values()].flat().map(({ at }) => at));
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 1000);
}
