import type { JobDefinition } from "../../shared/catalog/job.ts";
import { parsePointer } from "../../shared/claim-check/pointer.ts";
import { parseEnvelope } from "../../shared/envelope/envelope.ts";
import { definitionName, type FlowRecord } from "../../shared/flow/flow-record.ts";
import type { OutgoingMessage } from "../../shared/queue/queue.ts";
import { asOlder } from "./deploys.ts";
import { type FaultName, reachesDeadline } from "./faults.ts";
import { brokenJob, mayLackInput } from "./job-invariants.ts";
import { catalog } from "./jobs.ts";
import { brokenNotifications } from "./notification-invariants.ts";
import type { FlowEnd } from "./observed-table.ts";
import type { World } from "./world.ts";

type Letters = ReadonlyMap<string, readonly OutgoingMessage[]>;

/** What must hold after every run, whatever went wrong in it; the answer lists what doesn't. */
export function brokenInvariants(world: World): readonly string[] {
  const letters: Letters = Map.groupBy(world.letters, ({ attributes }) => String(attributes["job"]));
  return [
    ...world.table.violations,
    ...(world.done ? [] : [leftOver(world)]),
    ...forgottenMessages(world),
    ...world.overruns.map((name) => `${name}: a batch within the function's timeout, got a longer one`),
    ...lateEffects(world),
    ...runsWhilePaused(world),
    ...[...world.accepted]
      .filter((id) => !world.table.flow(id))
      .map((id) => `${id}: accepted, but not recorded`),
    ...[...world.table.all()].flatMap((flow) => brokenFlow(world, flow, letters)),
    ...world.letters.flatMap((letter) => brokenLetter(world, letter)),
    ...brokenOutage(world),
    ...brokenNotifications(world),
  ];
}

function leftOver({ names, queue, table }: World): string {
  const counts = names.map((name) => `${name} ${queue.messages(name).length}`).join(", ");
  return `world: nothing open and nothing queued at the end, got ${table.openFlows()} flows and ${counts}`;
}

/**
 * Each message is acknowledged before SQS deletes it, where nothing lasts as long as its flow may: else what nobody ever
 * acknowledges would look like what was done.
 */
function forgottenMessages({ names, queue, hours }: World): string[] {
  if (reachesDeadline(hours)) return [];
  return names
    .map((name) => ({ name, count: queue.forgotten(name) }))
    .filter(({ count }) => count > 0)
    .map(
      ({ name, count }) => `${name}: each message acknowledged, got ${count} that SQS deleted for their age`,
    );
}

function brokenFlow(world: World, flow: FlowRecord, letters: Letters): string[] {
  const ends = world.table.ends.get(flow.id) ?? [];
  const epochs = ends.map(({ epoch }) => epoch);
  const late = ends.map((end) => Math.ceil((end.at - latestEnd(world, flow.id, end)) / 1000));
  return [
    ...(new Set(epochs).size === epochs.length && epochs.includes(flow.epoch)
      ? []
      : [`${flow.id}: finished once an epoch, of which it is the ${flow.epoch}th, got ${epochs.join(", ")}`]),
    ...late.filter((each) => each > 0).map((each) => `${flow.id}: an end in time, got one ${each} s later`),
    ...Object.entries(flow.jobs).flatMap(([key, job]) => {
      const definition = catalog.jobs.get(definitionName(key, job)) as JobDefinition;
      const id = `${flow.id}.${key}`;
      const broken = brokenJob(world, { id, job, definition, flow }, letters.get(id) ?? []);
      return broken.map((rule) => `${id}: ${rule}`);
    }),
  ];
}

/** No effect that must happen once comes after its job's end: by the clocks of its processes, which may be off. */
function lateEffects({ effects, switches }: World): string[] {
  if (switches.includes("skew")) return [];
  return effects.late.map((id) => `${id}: the effect before the job's end, got it after`);
}

/** No handler is begun once a pause has reached all workers. */
function runsWhilePaused({ effects }: World): string[] {
  return effects.whilePaused.map((id) => `${id}: nothing while its job is paused, got a run`);
}

const minute = 60_000;

/** 40 minutes after the deadline, and 2.5 more for each death of the flow's check beyond the third. */
function latestEnd({ troubles }: World, id: string, { deadline }: FlowEnd): number {
  const deaths = troubles(id, deadline);
  return deadline + (40 + 2.5 * Math.max(0, deaths - 3)) * minute;
}

function brokenLetter({ table, isWished }: World, letter: OutgoingMessage): string[] {
  const { attributes, body } = letter;
  const id = String(attributes["job"]);
  const [flow = "", key = ""] = id.split(".");
  const record = table.flow(flow);
  const job = record?.jobs[key];
  if (attributes["error"] === undefined) return [`letter: with its reason, got ${id} as SQS moved it`];
  if (job?.status !== "failed" || attributes["run"] !== job.run)
    return [
      `letter: of a failed job, got ${id} of run ${attributes["run"]}, ${job?.status} in run ${job?.run}`,
    ];
  const said = ["error", "attempts", "firstAt", "lastAt"].map((name) => attributes[name]).join(", ");
  const known = [job.error, job.attempts, job.startedAt, job.finishedAt].join(", ");
  if (said !== known) return [`letter: in the ledger's words (${known}), got ${said} of ${id}`];
  if (!record || mayLackInput(record)) return [];
  if (isWished(letter)) return [`letter: redriven where somebody wished it, got ${id} left`];
  if (parsePointer(body)) return [];
  const has = Object.hasOwn(parseEnvelope(asOlder.message(letter).body).jobs, key);
  return has ? [] : [`letter: with its job's input, got ${id} without`];
}

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
