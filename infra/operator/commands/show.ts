import {
  definitionName,
  type FlowRecord,
  flowStatus,
  type JobRecord,
  jobOf,
  type Letter,
  lookAtLetters,
  parseEnvelope,
  parseJobId,
  summaryOf,
} from "../../../shared/index.ts";
import type { Service } from "../open-service.ts";
import { OperatorError } from "../operator-error.ts";
import type { Report } from "../report.ts";
import { isoTimes, printable, table, timeText } from "../table.ts";
import { reasonOf } from "./failed.ts";

/**
 * `show`: what the ledger knows of a job and its flow, and the job's letter. The input and the result may be personal
 * data, so they are shown only where `input` asks for them.
 * @throws OperatorError where the ledger has no such job.
 */
export async function show(
  service: Service,
  id: string,
  { input }: { readonly input: boolean },
): Promise<Report> {
  const { flow: flowId = "", key = "" } = parseJobId(id) ?? {};
  const flow = await service.ledger.read(flowId);
  const job = jobOf(flow, key);
  if (!flow || !job) throw new OperatorError(`job: one that the ledger has, got ${id}`);
  const letter = await letterOf(service, id, definitionName(key, job));
  const found = { id, flow, key, job, letter };
  const personal = input ? await personalData(service, found) : {};
  return { text: textOf(found, personal), json: jsonOf(found, personal), done: true };
}

interface Found {
  readonly id: string;
  readonly flow: FlowRecord;
  readonly key: string;
  readonly job: JobRecord;
  readonly letter: Letter | undefined;
}

/** The one of the latest run: a redriven job may have an older one, which a redrive would drop. */
async function letterOf(service: Service, id: string, queue: string): Promise<Letter | undefined> {
  let found: Letter | undefined;
  if (!service.queues.includes(queue)) return undefined;
  await lookAtLetters(service, queue, (letter) => {
    if (summaryOf(letter).job !== id) return;
    if (!found || (summaryOf(letter).run ?? 0) >= (summaryOf(found).run ?? 0)) found = letter;
  });
  return found;
}

interface PersonalData {
  readonly input?: unknown;
  readonly result?: unknown;
}

/** The input travels in messages alone, so only a letter has it. */
async function personalData(service: Service, { key, job, letter }: Found): Promise<PersonalData> {
  return {
    ...(letter ? { input: await inputOf(service, key, letter) } : {}),
    ...(job.result === undefined ? {} : { result: JSON.parse(job.result) }),
  };
}

/** What can't be read is why the job failed: the rest is shown all the same. */
async function inputOf({ claimCheck }: Service, key: string, { message }: Letter): Promise<unknown> {
  try {
    return parseEnvelope(await claimCheck.load(message)).jobs[key]?.input;
  } catch (error) {
    return `can't be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function textOf({ id, flow, job, letter }: Found, { input, result }: PersonalData): string {
  const facts: readonly (readonly [string, string | number | undefined])[] = [
    ["job", id],
    ["status", job.status],
    ["run", job.run],
    ["attempts", job.attempts],
    ["reason", job.error],
    ["first attempt", timeText(job.startedAt)],
    ["ended", timeText(job.finishedAt)],
    ["held since", timeText(job.heldSince)],
    ["next attempt", timeText(job.due)],
    ["lease until", timeText(job.leaseEnd)],
    ["letter", letter && letterText(letter)],
    ["input", input === undefined ? undefined : JSON.stringify(input)],
    ["result", result === undefined ? undefined : JSON.stringify(result)],
    ["flow", `${flow.name}, ${flowStatus(Object.values(flow.jobs))}`],
    ["accepted", timeText(flow.createdAt)],
    ["deadline", timeText(flow.deadline)],
    ["redrives", flow.epoch],
  ];
  const lines = facts.flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [`${name.padEnd(15)}${printable(String(value))}\n`],
  );
  return `${lines.join("")}\n${jobsTable(flow)}`;
}

function letterText(letter: Letter): string {
  const { queue, run = 0, sentAt } = summaryOf(letter);
  return `of run ${run}, in ${queue}'s dead letters since ${timeText(sentAt)}: ${reasonOf(summaryOf(letter))}`;
}

function jobsTable({ jobs }: FlowRecord): string {
  const rows = Object.entries(jobs).map(([key, { status, run, attempts, error }]) => [
    key,
    status,
    run,
    attempts,
    error,
  ]);
  return table(["JOB OF THE FLOW", "STATUS", "RUN", "ATTEMPTS", "REASON"], rows);
}

function jsonOf({ id, flow, key, job, letter }: Found, personal: PersonalData) {
  const { name, createdAt, deadline, epoch } = flow;
  const { result: _result, ...own } = job;
  const jobs = Object.entries(flow.jobs).map(([other, { status, run }]) => [other, { status, run }] as const);
  return {
    id,
    job: { name: definitionName(key, job), ...isoTimes(own), ...personal },
    ...(letter ? { letter: isoTimes(summaryOf(letter)) } : {}),
    flow: {
      ...{
        name,
        status: flowStatus(Object.values(flow.jobs)),
        ...isoTimes({ createdAt, deadline }),
        redrives: epoch,
      },
      jobs: Object.fromEntries(jobs),
    },
  };
}
