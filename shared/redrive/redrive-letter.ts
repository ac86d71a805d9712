import { PermanentError } from "../catalog/job-errors.ts";
import type { ClaimCheck } from "../claim-check/claim-check.ts";
import { runMessage } from "../envelope/derived-message.ts";
import type { FlowRecord } from "../flow/flow-record.ts";
import { deadLetterQueue, type OutgoingMessage, type Queue, type QueueName } from "../queue/queue.ts";
import type { Letter, LetterBox } from "./letter-box.ts";
import { flowOfLetter, type Plan, planLetter } from "./plan-letter.ts";
import { type ReopenPorts, reopenJob } from "./reopen-job.ts";

/** All that a redrive works with. */
export interface RedrivePorts extends ReopenPorts {
  readonly letters: LetterBox;
  readonly claimCheck: ClaimCheck;
}

/** What became of a letter. */
export type Redriven =
  /** Its job is queued and sent in that run. */
  | { readonly kind: "redriven"; readonly run: number }
  /** A start or a check, back on the dispatch queue. */
  | { readonly kind: "returned" }
  /** Deleted: the ledger says that its job has not failed. */
  | { readonly kind: "dropped"; readonly reason: string }
  /** Where it was: it can't be redriven. */
  | { readonly kind: "left"; readonly reason: string };

/**
 * R of the protocol, for one letter: what the ledger says is read before anything is done. Each step is safe to repeat, and the
 * letter goes last: a redrive that did not end is run again. `dryRun` answers what would become of it. Throws what a
 * port throws; the letter is still there then.
 */
export async function redriveLetter(
  ports: RedrivePorts,
  letter: Letter,
  { dryRun }: { readonly dryRun: boolean },
): Promise<Redriven> {
  const { ledger, letters } = ports;
  const flow = flowOfLetter(letter.message.attributes);
  const seen = flow === undefined ? undefined : await ledger.read(flow);
  const plan = planLetter(letter.message, seen);
  const redriven = dryRun ? prospectOf(plan) : await carryOut(ports, letter, plan, seen);
  if (!dryRun && redriven.kind !== "left") {
    await letters.remove(deadLetterQueue(letter.queue), letter.message);
  }
  return redriven;
}

function prospectOf(plan: Plan): Redriven {
  switch (plan.kind) {
    case "reopen":
      return { kind: "redriven", run: plan.address.run + 1 };
    case "return":
      return { kind: "returned" };
    case "drop":
      return { kind: "dropped", reason: plan.reason };
    case "leave":
      return { kind: "left", reason: plan.reason };
  }
}

async function carryOut(
  ports: RedrivePorts,
  letter: Letter,
  plan: Plan,
  seen: FlowRecord | undefined,
): Promise<Redriven> {
  const { message, queue } = letter;
  if (plan.kind === "reopen") return reopenAndSend(ports, letter, plan, seen);
  if (plan.kind === "return") {
    const { body, attributes, trace } = message;
    // Not its first word any more: what has run since, the ledger knows.
    await sendOne(ports.queue, queue, { body, trace, attributes: { ...attributes, again: 1 } });
  }
  return prospectOf(plan);
}

async function reopenAndSend(
  ports: RedrivePorts,
  { message, queue }: Letter,
  { address, envelope }: Extract<Plan, { kind: "reopen" }>,
  seen: FlowRecord | undefined,
): Promise<Redriven> {
  try {
    // Before anything is written: a payload that is gone would fail the job again.
    await ports.claimCheck.restamp(message);
  } catch (error) {
    if (error instanceof PermanentError) return { kind: "left", reason: error.message };
    throw error;
  }
  const flow = await reopenJob(ports, message, address, seen);
  if (!flow) return { kind: "dropped", reason: "another redrive was first" };
  const run = address.run + 1;
  const again = { ...address, run, deadline: flow.deadline, again: true };
  await sendOne(ports.queue, queue, runMessage(message, envelope, again));
  return { kind: "redriven", run };
}

async function sendOne(queue: Queue, name: QueueName, message: OutgoingMessage): Promise<void> {
  const [failure] = await queue.send(name, [message]);
  if (failure) throw new Error(`${name}: ${failure.reason}`);
}
