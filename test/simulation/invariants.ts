import type { JobDefinition } from "../../shared/catalog/job.ts";
import type { FlowRecord, JobRecord } from "../../shared/flow/flow-record.ts";
import { isFinal } from "../../shared/flow/state-machine.ts";
import { catalog } from "./jobs.ts";
import type { World } from "./world.ts";

/** What must hold after every run, whatever went wrong in it; the answer lists what doesn't. */
export function brokenInvariants(world: World): readonly string[] {
  const flows = world.table.all();
  return [
    ...world.table.violations,
    ...(world.done ? [] : [leftOver(world)]),
    ...[...world.accepted]
      .filter((id) => !flows.some((flow) => flow.id === id))
      .map((id) => `${id}: accepted, but not recorded`),
    ...flows.flatMap((flow) => brokenFlow(world, flow)),
    ...world.letters.flatMap(({ attributes }) => unexplained(world, String(attributes["job"]))),
  ];
}

function leftOver({ names, queue, table }: World): string {
  const counts = names.map((name) => `${name} ${queue.messages(name).length}`).join(", ");
  return `world: nothing open and nothing queued at the end, got ${table.openFlows()} flows and ${counts}`;
}

function brokenFlow(world: World, flow: FlowRecord): string[] {
  const finished = world.table.finished.get(flow.id) ?? 0;
  return [
    ...(finished === 1 ? [] : [`${flow.id}: finished once, got ${finished} times`]),
    ...Object.entries(flow.jobs).flatMap(([key, job]) => {
      const definition = catalog.jobs.get(key) as JobDefinition;
      return brokenJob(world, `${flow.id}.${key}`, job, definition).map(
        (broken) => `${flow.id}.${key}: ${broken}`,
      );
    }),
  ];
}

function brokenJob(world: World, id: string, job: JobRecord, definition: JobDefinition): string[] {
  const broken: string[] = [];
  const expect = (holds: boolean, rule: string, got: unknown) => {
    if (!holds) broken.push(`${rule}, got ${got}`);
  };
  const effects = world.effects.happened.get(id) ?? 0;
  const most = { resend: 2, fail: 1, none: Number.POSITIVE_INFINITY }[definition.effect?.once ?? "none"];
  const letters = world.letters.filter(({ attributes }) => attributes["job"] === id).length;
  expect(isFinal(job.status), "an end", job.status);
  expect(job.attempts <= definition.attempts, `at most ${definition.attempts} attempts`, job.attempts);
  expect(effects <= most, `the effect at most ${most} times`, effects);
  expect(job.owner === undefined && job.leaseEnd === undefined, "no lease after the end", job.owner);
  if (job.status === "succeeded") {
    expect(effects >= 1, "the effect behind a success", effects);
    expect(letters === 0, "no letter for a success", letters);
  } else {
    expect(letters >= 1, "a letter for a failure", letters);
    expect(job.error !== undefined, "a reason for a failure", job.error);
    const spent =
      job.attempts === definition.attempts ||
      world.effects.hopeless.has(id) ||
      job.error === "outcome unknown";
    expect(spent, "a failure for good reason", `${job.attempts} attempts and "${job.error}"`);
  }
  return broken;
}

function unexplained(world: World, id: string): string[] {
  const [flow = "", key = ""] = id.split(".");
  const job = world.table.all().find((record) => record.id === flow)?.jobs[key];
  return job?.status === "failed" ? [] : [`letter: of a failed job, got ${id} ${job?.status}`];
}
