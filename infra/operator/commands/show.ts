import {
  createDeliveryReader,
  definitionName,
  type FlowRecord,
  type FlowView,
  flowView,
  type JobRecord,
  jobOf,
  type Letter,
  lookAtLetters,
  parseEnvelope,
  parseJobId,
  type ReadDeliveries,
  summaryOf,
} from "../../../shared/index.ts";
import type { Service } from "../open-service.ts";
import { OperatorError } from "../operator-error.ts";
import type { Report } from "../report.ts";
import { isoTimes, printable, table, timeText } from "../table.ts";
import { reasonOf } from "./failed.ts";

/**
 * `show`: what the ledger knows of a job, its flow as its status shows it, also where the service's own endpoints stand, and the job's letter. The input and the result may be personal
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
  const view = flowView(flow, service.catalog);
  const deliveries = await createDeliveryReader({ table: service.webhookItems, defaults: service.endpoints })(
    flow,
  );
  const found = { id, flow, view, deliveries, key, job, letter };
  const personal = input ? await personalData(service, found) : {};
  return { text: textOf(found, personal), json: jsonOf(found, personal), done: true };
}

interface Found {
  readonly id: string;
  readonly flow: FlowRecord;
  readonly view: FlowView;
  readonly deliveries: Awaited<ReturnType<ReadDeliveries>>;
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

function textOf({ id, flow, view, deliveries, job, letter }: Found, { input, result }: PersonalData): string {
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
    ["flow", `${view.name}, ${view.status}`],
    ["version", view.version],
    ["accepted", timeText(flow.createdAt)],
    ["deadline", timeText(flow.deadline)],
    ["redrives", flow.epoch],
  ];
  const lines = facts.flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [`${name.padEnd(15)}${printable(String(value))}\n`],
  );
  const tables = [jobsTable(view, flow), ...(deliveries ? [deliveriesTable(deliveries)] : [])];
  return [lines.join(""), ...tables].join("\n");
}

function letterText(letter: Letter): string {
  const { queue, run = 0, sentAt } = summaryOf(letter);
  return `of run ${run}, in ${queue}'s dead letters since ${timeText(sentAt)}: ${reasonOf(summaryOf(letter))}`;
}

/** The run is the ledger's own: who started the flow isn't shown it. */
function jobsTable(view: FlowView, flow: FlowRecord): string {
  const rows = view.jobs.map(({ id, status, attempts = 0, error }) => {
    const { key = "" } = parseJobId(id) ?? {};
    return [key, status, flow.jobs[key]?.run, attempts, error];
  });
  return table(["JOB OF THE FLOW", "STATUS", "RUN", "ATTEMPTS", "REASON"], rows);
}

function deliveriesTable(deliveries: NonNullable<Found["deliveries"]>): string {
  const rows = deliveries.map(({ origin, state, attempts, lastStatus, reason }) => [
    ...[origin, state, attempts, lastStatus, reason],
  ]);
  return table(["ORIGIN", "STATE", "ATTEMPTS", "LAST STATUS", "REASON"], rows);
}

function jsonOf({ id, flow, view, deliveries, key, job, letter }: Found, personal: PersonalData) {
  const { result: _result, ...own } = job;
  return {
    id,
    job: { name: definitionName(key, job), ...isoTimes(own), ...personal },
    ...(letter ? { letter: isoTimes(summaryOf(letter)) } : {}),
    flow: { ...view, deliveries, ...isoTimes({ deadline: flow.deadline }), redrives: flow.epoch },
  };
}
