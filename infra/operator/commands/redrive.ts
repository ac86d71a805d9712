import {
  definitionName,
  jobOf,
  type Letter,
  type LetterSummary,
  type Outcome,
  parseJobId,
  redriveLetters,
  summaryOf,
} from "../../../shared/index.ts";
import type { Service } from "../open-service.ts";
import type { Command, Selection } from "../options.ts";
import type { Progress } from "../progress.ts";
import type { Report } from "../report.ts";
import { isSelected, selectedQueues } from "../selection.ts";
import { table } from "../table.ts";

export interface RedriveSetup {
  readonly progress: Progress;
  /** Ends it early, between two letters. */
  readonly signal: AbortSignal;
}

type RedriveCommand = Omit<Extract<Command, { name: "redrive" }>, "name">;

interface Row {
  readonly letter: LetterSummary;
  readonly outcome: Outcome;
}

/** `redrive`: runs what failed again. Done where each letter that is meant was dealt with, and each job that was named had one. */
export async function redrive(
  service: Service,
  { selection, perSecond, dryRun }: RedriveCommand,
  { progress, signal }: RedriveSetup,
): Promise<Report> {
  const rows: Row[] = [];
  await redriveLetters(service, {
    ...{ perSecond, dryRun, signal },
    queues: await queuesOf(service, selection),
    isWanted: (letter) => isSelected(letter, selection),
    onFound: progress.found,
    onOutcome(letter: Letter, outcome) {
      rows.push({ letter: summaryOf(letter), outcome });
      progress.step();
    },
  }).finally(progress.stop);
  const missing = selection.jobs.filter((id) => !rows.some(({ letter }) => letter.job === id));
  const report = { rows, missing, dryRun, stopped: signal.aborted };
  const undone = rows.some(({ outcome }) => outcome.kind === "left" || outcome.kind === "failed");
  return {
    text: textOf(report),
    json: jsonOf(report),
    done: !undone && missing.length === 0 && !signal.aborted,
  };
}

/** Where jobs are named, the ledger knows their queues: no other letter has to be looked at. */
async function queuesOf(service: Service, selection: Selection): Promise<readonly string[]> {
  if (selection.jobs.length === 0) return selectedQueues(service, selection);
  const addresses = selection.jobs.flatMap((id) => parseJobId(id) ?? []);
  const flows = await service.ledger.readMany(addresses.map(({ flow }) => flow));
  const names = addresses.flatMap(({ flow, key }) => {
    const job = jobOf(flows.get(flow), key);
    return job ? [definitionName(key, job)] : [];
  });
  return service.queues.filter((name) => names.includes(name));
}

interface RedriveReport {
  readonly rows: readonly Row[];
  /** Jobs that were named and have no letter. */
  readonly missing: readonly string[];
  readonly dryRun: boolean;
  readonly stopped: boolean;
}

/** Whatever went as it should is counted beyond this; what did not is told in full. */
const mostRedriven = 30;

function textOf({ rows, missing, dryRun, stopped }: RedriveReport): string {
  const { yes: plain = [], no: others = [] } = Object.groupBy(rows, ({ outcome }) =>
    outcome.kind === "redriven" ? "yes" : "no",
  );
  const shown = [...plain.slice(0, mostRedriven), ...others];
  const lines = [
    ...shown.map(({ letter, outcome }) => [
      outcome.kind,
      letter.job ?? `(no job, in ${letter.queue})`,
      detailOf(outcome),
    ]),
    ...missing.map((id) => ["not found", id, "no dead letter"]),
  ];
  const counts = kinds.map((kind) => `${rows.filter(({ outcome }) => outcome.kind === kind).length} ${kind}`);
  const notes = [
    dryRun ? "Nothing was done: this is what would become of them.\n" : "",
    stopped ? "Stopped early: the rest is where it was.\n" : "",
  ];
  const list = lines.length > 0 ? `${table(["OUTCOME", "JOB", "DETAIL"], lines)}\n` : "";
  return `${list}${counts.join(", ")}${missing.length > 0 ? `, ${missing.length} not found` : ""}\n${notes.join("")}`;
}

const kinds = [
  "redriven",
  "returned",
  "dropped",
  "left",
  "failed",
] as const satisfies readonly Outcome["kind"][];

function detailOf(outcome: Outcome): string {
  if (outcome.kind === "returned") return "to the queue that it came from";
  return outcome.kind === "redriven" ? `run ${outcome.run}` : outcome.reason;
}

function jsonOf({ rows, missing, dryRun, stopped }: RedriveReport) {
  const letters = rows.map(({ letter: { queue, job, run, error }, outcome: { kind, ...detail } }) => ({
    ...{ queue, job, letterOfRun: run, error },
    ...{ outcome: kind, ...detail },
  }));
  return { dryRun, stopped, letters, notFound: missing };
}
