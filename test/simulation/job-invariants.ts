import type { JobDefinition } from "../../shared/catalog/job.ts";
import type { FlowRecord, JobRecord } from "../../shared/flow/flow-record.ts";
import { isFinal } from "../../shared/flow/state-machine.ts";
import type { OutgoingMessage } from "../../shared/queue/queue.ts";
import { hopelessText, outageText, runId } from "./effects.ts";
import { type FaultName, isLasting } from "./faults.ts";
import type { World } from "./world.ts";

/** A job at a run's end, and where it belongs. */
interface EndedJob {
  readonly id: string;
  readonly job: JobRecord;
  readonly definition: JobDefinition;
  readonly flow: FlowRecord;
}

/** What must hold of a job, whatever went wrong with it; the answer lists what doesn't. */
export function brokenJob(
  world: World,
  ended: EndedJob,
  letters: readonly OutgoingMessage[],
): readonly string[] {
  const { id, job, definition } = ended;
  const { effects, switches, sent, revived, now } = world;
  const broken: string[] = [];
  const expect = (holds: boolean, rule: string, got: unknown) => {
    if (!holds) broken.push(`${rule}, got ${got}`);
  };
  const most = { resend: 2, fail: 1, none: Number.POSITIVE_INFINITY }[definition.effect?.once ?? "none"];
  const repeats = switches.some((name) => repeating.includes(name));
  for (let run = 0; run <= job.run; run++) {
    const { happened = 0, rejected = 0 } = effects.runs.get(runId(id, run)) ?? {};
    expect(happened <= most, `the effect at most ${most} times a run`, happened);
    expect(repeats || rejected <= 1, "one try at the most of what can't be done", rejected);
  }
  expect(!effects.runs.has(runId(id, job.run + 1)), `no run after the ${job.run}th`, "another");
  expect(!revived.has(runId(id, job.run)), "a run after the one that was redriven", `still the ${job.run}th`);
  const { happened = 0, spent = 0, fate } = effects.runs.get(runId(id, job.run)) ?? {};
  if (switches.length === 0) expect(happened === 1, "the effect once where nothing goes wrong", happened);
  if (switches.every(isLasting)) expect((sent.get(id) ?? 0) <= 2, "two messages at the most", sent.get(id));
  expect(isFinal(job.status), "an end", job.status);
  expect(job.attempts <= definition.attempts, `at most ${definition.attempts} attempts`, job.attempts);
  expect(job.owner === undefined && job.leaseEnd === undefined, "no lease after the end", job.owner);
  // A process that dies between its lease and its handler spends one as well.
  const mayDie = switches.includes("crash") || switches.includes("pause");
  expect(mayDie || job.attempts <= spent, `at most ${spent} attempts, one a run that counts`, job.attempts);
  if (job.status === "succeeded") {
    expect(happened >= 1, "the effect behind a success", happened);
    expect(letters.length === 0, "no letter for a success", letters.length);
    expect(fate === undefined, "no success of what can't be done", job.status);
  } else {
    // Later than that SQS has deleted it.
    const isKept = now < (job.finishedAt ?? 0) + letterDays * 24 * 3600 * 1000;
    expect(letters.length >= 1 || !isKept, "a letter for a failure", letters.length);
    const reason = `${job.attempts} attempts and "${job.error}"`;
    expect(isJustified(world, ended), "a failure for good reason", reason);
  }
  return broken;
}

/** SQS's longest retention, and that of dead letters. */
const letterDays = 14;

/** What makes a job run again although it has said how it ends. */
const repeating: readonly FaultName[] = [
  ...(["crash", "error", "throttle", "lostAnswer", "pause", "skew", "duplicate", "expire"] as const),
];

/** What leaves open whether an effect has happened. */
const unsettling: readonly FaultName[] = [
  ...(["crash", "error", "throttle", "lostAnswer", "pause", "skew", "slow", "slip", "poison"] as const),
  "mailUnknown",
];

/** What ends a handler's run before its job kills it. */
const preceding: readonly FaultName[] = ["error", "pause", "skew", "slow"];

/** Whether a failed job's words are true of what it met. */
function isJustified(world: World, { id, job, definition, flow }: EndedJob): boolean {
  const { effects, hours, table, switches } = world;
  const { attempts, error = "", finishedAt = 0 } = job;
  const run = runId(id, job.run);
  const fate = effects.runs.get(run)?.fate;
  if (error.startsWith("deadline")) {
    // Nothing lasts so long but what is given as long, and what nobody can send once more.
    const lasts = Object.values(hours).some((given) => given >= 11 * 24) || mayLackInput(flow);
    return lasts && finishedAt > (table.deadlines.get(run) ?? 0);
  }
  if (error.includes(outageText)) return false;
  if (error === hopelessText) return fate === "hopeless";
  const isSpent = attempts === definition.attempts;
  if (error === "outcome unknown") {
    const mayBeUnknown = switches.some((name) => unsettling.includes(name));
    const { once } = definition.effect ?? {};
    return (
      mayBeUnknown &&
      (once === "fail" || (once === "resend" && job.resent === true) || (once !== undefined && isSpent))
    );
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
