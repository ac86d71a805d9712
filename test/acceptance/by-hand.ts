import { randomUUID } from "node:crypto";
import type { JobStatus } from "../../shared/flow/state-machine.ts";
import { shortNames } from "../../shared/ledger/dynamodb-names.ts";
import type { DeadLetter } from "./access/resources.ts";
import type { Accepted, openSession } from "./session.ts";

/**
 * What no caller can do: messages as the service itself writes them, and a ledger as it was before. So the suite sees what
 * otherwise takes a crash, a lost message or days.
 */
type Session = ReturnType<typeof openSession>;

/** A flow whose one job has failed, and the letter of that, which has the message as it travelled. */
export interface FailedFlow {
  readonly accepted: Accepted;
  readonly letter: DeadLetter;
}

export const failingJob = "fail-for-good";

export async function failFlow(session: Session, input: unknown = {}): Promise<FailedFlow> {
  const accepted = await session.startTestFlow("fails-for-good", input);
  await session.finished(accepted);
  const letter = await session.deadLetter(accepted, failingJob);
  // Its message is deleted after that.
  await session.eventually(async () => ((await session.waiting(failingJob)) === 0 ? true : undefined));
  return { accepted, letter };
}

/** Puts the flow back to where its jobs were queued, as a restored backup of the table would; but for what is changed. */
export async function reopen(
  { ledger }: Session,
  { accepted: { flow } }: FailedFlow,
  changes: { readonly deadline?: number } = {},
): Promise<void> {
  const { checkedAt: _at, checkedBy: _by, ...record } = shortNames.expand((await ledger.read(flow.id)) ?? {});
  const queued = { status: "queued", run: 0, attempts: 0 } as const;
  const jobs = Object.fromEntries(Object.keys(record.jobs).map((key) => [key, queued]));
  await ledger.write(shortNames.abbreviate({ ...record, jobs, open: Object.keys(jobs).length, ...changes }));
}

/** A check of the flow, as its start arms it. */
export async function sendCheck(session: Session, { accepted: { flow }, letter }: FailedFlow): Promise<void> {
  const attributes = { errand: "check/1", flow: flow.id, id: randomUUID(), armedAt: Date.now() };
  await session.send("dispatch", { body: letter.body, attributes });
}

/** The end of a flow that has asked for a webhook, as a deploy sent it that had one queue for webhooks and pushes. */
export async function sendOldNotice(
  session: Session,
  { flow: { id: flow } }: Accepted,
  webhook: string,
): Promise<void> {
  const record = shortNames.expand((await session.ledger.read(flow)) ?? {});
  await session.ledger.write(shortNames.abbreviate({ ...record, notify: webhook }));
  const body = JSON.stringify({ version: 1, flow, epoch: 0 });
  await session.send("notify", { body, attributes: { errand: "notify/1", flow } });
}

/** The failed job's message once more. */
export async function sendJob(
  session: Session,
  { letter: { body, attributes } }: FailedFlow,
  changes: { readonly deadline?: number } = {},
): Promise<void> {
  const { job = "", deadline, ExtendedPayloadSize: size } = attributes;
  await session.send(failingJob, {
    body,
    attributes: {
      ...{ errand: "run/1", job, run: 0, deadline: Number(deadline) },
      ...(size === undefined ? {} : { ExtendedPayloadSize: Number(size) }),
      ...changes,
    },
  });
}

/** A letter moved back to its queue, as SQS's own redrive does: a new message with the same body and attributes. */
export async function moveBack(
  session: Session,
  queue: string,
  { body, attributes }: DeadLetter,
): Promise<void> {
  const numbers = ["run", "deadline", "attempts", "firstAt", "lastAt", "ExtendedPayloadSize"];
  const typed = Object.entries(attributes).map(
    ([name, value]) => [name, numbers.includes(name) ? Number(value) : value] as const,
  );
  await session.send(queue, { body, attributes: Object.fromEntries(typed) });
}

/**
 * A flow begun while its one job is paused; `waits` tells from its status whether the job waits. A warm worker hears of a pause
 * within a minute: flows that it still runs are followed by another.
 */
export async function startWaiting(
  session: Session,
  name: string,
  waits: (status: JobStatus | undefined) => Promise<boolean>,
): Promise<Accepted> {
  let accepted = await session.startTestFlow(name);
  await session.eventually(async () => {
    const { status, jobs } = await session.view(accepted);
    if (status === "running") return (await waits(jobs[0]?.status)) ? true : undefined;
    accepted = await session.startTestFlow(name);
    return undefined;
  });
  return accepted;
}
