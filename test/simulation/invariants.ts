import type { JobDefinition } from "../../shared/catalog/job.ts";
import { definitionName, type FlowRecord, type JobRecord } from "../../shared/flow/flow-record.ts";
import { isFinal } from "../../shared/flow/state-machine.ts";
import type { OutgoingMessage } from "../../shared/queue/queue.ts";
import { outageText } from "./effects.ts";
import { type FaultName, isLasting } from "./faults.ts";
import { catalog } from "./jobs.ts";
import type { World } from "./world.ts";

type Letters = ReadonlyMap<string, readonly OutgoingMessage[]>;

/** What must hold after every run, whatever went wrong in it; the answer lists what doesn't. */
export function brokenInvariants(world: World): readonly string[] {
  const letters: Letters = Map.groupBy(world.letters, ({ attributes }) => String(attributes["job"]));
  return [
    ...world.table.violations,
    ...(world.done ? [] : [leftOver(world)]),
    ...world.overruns.map((name) => `${name}: a batch within the function's timeout, got a longer one`),
    ...lateEffects(world),
    ...[...world.accepted]
      .filter((id) => !world.table.flow(id))
      .map((id) => `${id}: accepted, but not recorded`),
    ...[...world.table.all()].flatMap((flow) => brokenFlow(world, flow, letters)),
    ...world.letters.flatMap((letter) => brokenLetter(world, letter)),
    ...brokenOutage(world),
  ];
}

function leftOver({ names, queue, table }: World): string {
  const counts = names.map((name) => `${name} ${queue.messages(name).length}`).join(", ");
  return `world: nothing open and nothing queued at the end, got ${table.openFlows()} flows and ${counts}`;
}

function brokenFlow(world: World, flow: FlowRecord, letters: Letters): string[] {
  const ends = world.table.ends.get(flow.id) ?? [];
  const late = Math.ceil(((ends.at(-1) ?? 0) - latestEnd(world, flow)) / 1000);
  return [
    ...(ends.length === 1 ? [] : [`${flow.id}: finished once, got ${ends.length} times`]),
    ...(late > 0 ? [`${flow.id}: an end in time, got one ${late} s later`] : []),
    ...Object.entries(flow.jobs).flatMap(([key, job]) => {
      const definition = catalog.jobs.get(definitionName(key, job)) as JobDefinition;
      const id = `${flow.id}.${key}`;
      return brokenJob(world, id, job, definition, letters.get(id) ?? []).map((broken) => `${id}: ${broken}`);
    }),
  ];
}

/** No effect that must happen once comes after its job's end: by the clocks of its processes, which may be off. */
function lateEffects({ effects, switches }: World): string[] {
  if (switches.includes("skew")) return [];
  return effects.late.map((id) => `${id}: the effect before the job's end, got it after`);
}

const minute = 60_000;

/** 40 minutes after the deadline, and 2.5 more for each death of the flow's check beyond the third. */
function latestEnd({ troubles }: World, { id, deadline }: FlowRecord): number {
  const deaths = troubles(id, deadline);
  return deadline + (40 + 2.5 * Math.max(0, deaths - 3)) * minute;
}

function brokenJob(
  world: World,
  id: string,
  job: JobRecord,
  definition: JobDefinition,
  letters: readonly OutgoingMessage[],
): string[] {
  const { effects, switches } = world;
  const broken: string[] = [];
  const expect = (holds: boolean, rule: string, got: unknown) => {
    if (!holds) broken.push(`${rule}, got ${got}`);
  };
  const happened = effects.happened.get(id) ?? 0;
  const most = { resend: 2, fail: 1, none: Number.POSITIVE_INFINITY }[definition.effect?.once ?? "none"];
  if (switches.length === 0) expect(happened === 1, "the effect once where nothing goes wrong", happened);
  const rejected = effects.rejected.get(id) ?? 0;
  if (!switches.some((name) => repeating.includes(name)))
    expect(rejected <= 1, "one run at the most of what can't be done", rejected);
  if (switches.every(isLasting))
    expect((world.sent.get(id) ?? 0) <= 2, "two messages at the most", world.sent.get(id));
  expect(isFinal(job.status), "an end", job.status);
  expect(job.attempts <= definition.attempts, `at most ${definition.attempts} attempts`, job.attempts);
  expect(happened <= most, `the effect at most ${most} times`, happened);
  expect(job.owner === undefined && job.leaseEnd === undefined, "no lease after the end", job.owner);
  // A process that dies between its lease and its handler spends one as well.
  const spent = effects.spent.get(id) ?? 0;
  const mayDie = switches.includes("crash") || switches.includes("pause");
  expect(mayDie || job.attempts <= spent, `at most ${spent} attempts, one a run that counts`, job.attempts);
  if (job.status === "succeeded") {
    expect(happened >= 1, "the effect behind a success", happened);
    expect(letters.length === 0, "no letter for a success", letters.length);
    expect(!effects.hopeless.has(id), "no success of what can't be done", job.status);
  } else {
    expect(letters.length >= 1, "a letter for a failure", letters.length);
    expect(job.error !== undefined, "a reason for a failure", job.error);
    expect(
      isJustified(world, id, job, definition),
      "a failure for good reason",
      `${job.attempts} attempts and "${job.error}"`,
    );
  }
  return broken;
}

function isJustified(
  { effects: { hopeless }, hours }: World,
  id: string,
  job: JobRecord,
  { attempts, effect }: JobDefinition,
): boolean {
  // Nothing lasts until the deadline but what is given as long.
  if (job.error?.startsWith("deadline")) return Object.values(hours).some((given) => given >= 11 * 24);
  if (job.error?.includes(outageText)) return false;
  if (effect && job.error === "outcome unknown") return true;
  return job.attempts === attempts || hopeless.has(id);
}

function brokenLetter({ table }: World, { attributes }: OutgoingMessage): string[] {
  const id = String(attributes["job"]);
  const [flow = "", key = ""] = id.split(".");
  const job = table.flow(flow)?.jobs[key];
  return [
    ...(job?.status === "failed" ? [] : [`letter: of a failed job, got ${id} ${job?.status}`]),
    ...(attributes["error"] === undefined ? [`letter: with its reason, got ${id} as SQS moved it`] : []),
  ];
}

/** What makes a job run again although it has said how it ends. */
const repeating: readonly FaultName[] = [
  ...(["crash", "error", "throttle", "lostAnswer", "pause", "skew", "duplicate", "expire"] as const),
];

/** What makes a worker forget what it knows of a breaker, or an election's answer. */
const forgetful: readonly FaultName[] = ["crash", "error", "throttle", "lostAnswer", "pause", "skew", "slow"];

/** At its onset a service that is down is tried once by each warm worker, after that once a minute by one of all. */
function brokenOutage({ effects: { refusals }, switches }: World): string[] {
  if (forgetful.some((name) => switches.includes(name))) return [];
  const [onset = 0] = refusals;
  const minutes = Math.ceil(((refusals.at(-1) ?? 0) - onset) / minute);
  const workers = [...catalog.jobs.values()]
    .filter(({ uses }) => uses.includes("mail"))
    .reduce((sum, job) => sum + job.workers, 0);
  const most = workers + minutes;
  return refusals.length <= most
    ? []
    : [`mail: tried ${most} times in ${minutes} minutes of outage, got ${refusals.length}`];
}
