import type { JobDefinition } from "../../shared/catalog/job.ts";
import type { FlowRecord, JobRecord } from "../../shared/flow/flow-record.ts";
import { isFinal } from "../../shared/flow/state-machine.ts";
import type { OutgoingMessage } from "../../shared/queue/queue.ts";
import { hopelessText, outageText } from "./effects.ts";
import { atCalls, type FaultName, isLasting, reachesDeadline } from "./faults.ts";
import { runId } from "./run-id.ts";
import type { World } from "./world.ts";

/** A job at a run's end, and where it belongs. */
interface EndedJob {
  readonly id: string;
  readonly job: JobRecord;
  readonly definition: JobDefinition;
  readonly flow: FlowRecord;
}

type Broken = readonly string[];

/** What must hold of a job, whatever went wrong with it; the answer lists what doesn't. */
export function brokenJob(world: World, ended: EndedJob, letters: readonly OutgoingMessage[]): Broken {
  return [...brokenRuns(world, ended), ...brokenRecord(world, ended), ...brokenEnd(world, ended, letters)];
}

function demand(holds: boolean, rule: string, got: unknown): Broken {
  return holds ? [] : [`${rule}, got ${got}`];
}

/** Of each run of the job. */
function brokenRuns({ effects, switches, redriven }: World, { id, job, definition }: EndedJob): Broken {
  const most = { resend: 2, fail: 1, none: Number.POSITIVE_INFINITY }[definition.effect?.once ?? "none"];
  const repeats = switches.some((name) => repeating.includes(name));
  const broken = Array.from({ length: job.run + 1 }, (_, run) => {
    const { happened = 0, rejected = 0 } = effects.stories.get(runId(id, run)) ?? {};
    return [
      ...demand(happened <= most, `the effect at most ${most} times a run`, happened),
      ...demand(repeats || rejected <= 1, "one try at the most of what can't be done", rejected),
    ];
  });
  return [
    ...broken.flat(),
    ...demand(!effects.stories.has(runId(id, job.run + 1)), `run ${job.run} as the last`, "another"),
    ...demand(!redriven.has(runId(id, job.run)), "a run after the one that was redriven", `run ${job.run}`),
  ];
}

/** Of what the ledger says of its last run. */
function brokenRecord({ effects, switches, sent }: World, { id, job, definition }: EndedJob): Broken {
  const { happened = 0, spent = 0 } = effects.stories.get(runId(id, job.run)) ?? {};
  const messages = sent.get(id) ?? 0;
  // An attempt whose outcome is unknown is sent for at the end of its lease and an hour later, where a pause keeps all from it.
  const most = switches.includes("mailUnknown") && switches.length > 1 ? 3 : 2;
  // A process that dies between its lease and its handler spends one as well.
  const mayDie = switches.includes("crash") || switches.includes("pause");
  return [
    ...demand(switches.length > 0 || happened === 1, "the effect once where nothing goes wrong", happened),
    ...demand(!switches.every(isLasting) || messages <= most, `${most} messages at the most`, messages),
    ...demand(isFinal(job.status), "an end", job.status),
    ...demand(job.attempts <= definition.attempts, `at most ${definition.attempts} attempts`, job.attempts),
    ...demand(
      mayDie || job.attempts <= spent,
      `at most ${spent} attempts, one a run that counts`,
      job.attempts,
    ),
    ...demand(job.owner === undefined && job.leaseEnd === undefined, "no lease after the end", job.owner),
  ];
}

/** Of how it ended, and what that owed. */
function brokenEnd(world: World, ended: EndedJob, letters: readonly OutgoingMessage[]): Broken {
  const { id, job } = ended;
  const { happened = 0, fate } = world.effects.stories.get(runId(id, job.run)) ?? {};
  if (job.status === "succeeded")
    return [
      ...demand(happened >= 1, "the effect behind a success", happened),
      ...demand(letters.length === 0, "no letter for a success", letters.length),
      ...demand(fate === undefined, "no success of what can't be done", job.status),
    ];
  // Later than that SQS has deleted it.
  const isKept = world.now < (job.finishedAt ?? 0) + letterDays * 24 * 3600 * 1000;
  return [
    ...demand(letters.length >= 1 || !isKept, "a letter for a failure", letters.length),
    ...demand(
      isJustified(world, ended),
      "a failure for good reason",
      `${job.attempts} attempts and "${job.error}"`,
    ),
  ];
}

/** SQS's longest retention, and that of dead letters. */
const letterDays = 14;

/** What makes a job run again although it has said how it ends. */
const repeating: readonly FaultName[] = [...atCalls, "duplicate", "straggle", "expire", "replay"];

/** What leaves open whether an effect has happened. */
const unsettling: readonly FaultName[] = [...atCalls, "slow", "slip", "poison", "mailUnknown"];

/** What ends a handler's run before its job kills it. */
const preceding: readonly FaultName[] = ["error", "pause", "skew", "slow"];

/** Whether a failed job's words are true of what it met. */
function isJustified(world: World, { id, job, definition, flow }: EndedJob): boolean {
  const { effects, hours, table, switches } = world;
  const { attempts, error = "", finishedAt = 0 } = job;
  const run = runId(id, job.run);
  const fate = effects.stories.get(run)?.fate;
  const isSpent = attempts === definition.attempts;
  const { once } = definition.effect ?? {};
  if (error.startsWith("deadline")) {
    // Nothing lasts so long but what is given as long, and what nobody can send once more.
    const lasts = reachesDeadline(hours) || mayLackInput(flow);
    return lasts && finishedAt > (table.endedRuns.get(run) ?? 0);
  }
  if (error.includes(outageText)) return false;
  if (error === hopelessText) return fate === "hopeless";
  // A letter without it was moved back.
  if (error.startsWith("envelope: the job of the message")) return job.run > 0 && mayLackInput(flow);
  if (error === "outcome unknown") {
    const isOver = once === "fail" || (once === "resend" && job.resent === true) || isSpent;
    return once !== undefined && isOver && switches.some((name) => unsettling.includes(name));
  }
  if (fate === "poisonous" && !switches.some((name) => preceding.includes(name)))
    return isSpent && error === "worker lost";
  return isSpent && error !== "";
}

/**
 * Where two jobs of a flow were redriven, their checks merge into one, which has one of the two inputs: a message of the
 * other that is lost can't be rebuilt (docs/promises.md).
 */
export function mayLackInput({ jobs }: FlowRecord): boolean {
  return Object.values(jobs).filter(({ run }) => run > 0).length > 1;
}
