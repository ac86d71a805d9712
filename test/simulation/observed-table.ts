import type { Clock } from "../../shared/clock/clock.ts";
import type { FlowRecord, JobRecord } from "../../shared/flow/flow-record.ts";
import { canBecome, isFinal } from "../../shared/flow/state-machine.ts";
import type { Table } from "../../shared/ledger/table.ts";
import { runId } from "./run-id.ts";

/** A table that watches each write: no step that the state machine doesn't know, no counter that moves wrongly. */
export interface ObservedTable extends Table {
  /** What no run may show. */
  readonly violations: readonly string[];
  /** When each flow's last job ended: once an epoch, or something is wrong. */
  readonly ends: ReadonlyMap<string, readonly FlowEnd[]>;
  /** The deadline that stood when a run of a job ended, ms since 1970, by the run's id. */
  readonly endedRuns: ReadonlyMap<string, number>;
  /** Flows with a job that hasn't ended. */
  openFlows(): number;
  hasEnded(flow: string): boolean;
  /** Whether a run of a job has, by its id. */
  hasRunEnded(run: string): boolean;
  flow(id: string): FlowRecord | undefined;
  all(): Iterable<FlowRecord>;
}

/** Times are ms since 1970. */
export interface FlowEnd {
  readonly at: number;
  readonly epoch: number;
  readonly deadline: number;
  /** The flow's, as the end left it. */
  readonly version: number | undefined;
}

/** `clock` is the true one. */
export function observeTable(table: Table, clock: Clock): ObservedTable {
  const violations: string[] = [];
  const ends = new Map<string, FlowEnd[]>();
  const endedRuns = new Map<string, number>();
  const known = new Map<string, FlowRecord>();
  const open = new Set<string>();

  function watch(after: FlowRecord): void {
    const before = known.get(after.id);
    known.set(after.id, after);
    if (after.open > 0) open.add(after.id);
    else open.delete(after.id);
    if (!before) return;
    for (const [key, job] of Object.entries(after.jobs)) {
      const id = `${after.id}.${key}`;
      const rule = brokenRule(before.jobs[key], job);
      if (rule !== undefined) violations.push(`${id}: ${rule}`);
      const run = runId(id, job.run);
      if (isFinal(job.status) && !endedRuns.has(run)) endedRuns.set(run, after.deadline);
    }
    const changed = JSON.stringify(before.jobs) !== JSON.stringify(after.jobs);
    const version = (before.version ?? 0) + (changed ? 1 : 0);
    if ((after.version ?? 0) !== version)
      violations.push(`${after.id}: version ${version}, got ${after.version}`);
    const left = Object.values(after.jobs).filter(({ status }) => !isFinal(status)).length;
    if (left !== after.open) violations.push(`${after.id}: ${left} open jobs, got ${after.open}`);
    if (before.open > 0 && after.open === 0) {
      const { epoch, deadline, version } = after;
      ends.set(after.id, [...(ends.get(after.id) ?? []), { at: clock.now(), epoch, deadline, version }]);
    }
  }

  return {
    violations,
    ends,
    endedRuns,
    openFlows: () => open.size,
    hasEnded: (flow) => known.has(flow) && !open.has(flow),
    hasRunEnded: (run) => endedRuns.has(run),
    flow: (id) => known.get(id),
    all: () => known.values(),
    async put(record, when) {
      const answer = await table.put(record, when);
      if (answer.applied) watch(answer.record);
      return answer;
    },
    async update(update) {
      const answer = await table.update(update);
      if (answer.applied) watch(answer.record);
      return answer;
    },
    get: (ids) => table.get(ids),
  };
}

/** What a write did to a job that no write may do. */
function brokenRule(before: JobRecord | undefined, after: JobRecord): string | undefined {
  if (!before) return "a job of the flow from the start, got a new one";
  if (after.status !== before.status && !canBecome(before.status, after.status))
    return `a step of the state machine, got ${before.status} to ${after.status}`;
  if (after.run !== before.run) return brokenReopening(before, after);
  const counted = after.attempts - before.attempts;
  if (counted < 0 || counted > 1) return `one attempt a write at the most, got ${counted}`;
  if (counted > 0 && after.status === "held") return "no attempt for a hold, got one";
  return undefined;
}

function brokenReopening(before: JobRecord, after: JobRecord): string | undefined {
  if (before.status !== "failed" || after.run !== before.run + 1)
    return `the next run of a failed job, got ${after.run} after ${before.run}, which was ${before.status}`;
  const left = [after.startedAt, after.finishedAt, after.error, after.result, after.resent].filter(
    (value) => value !== undefined,
  );
  if (after.attempts > 0 || left.length > 0) return "nothing of the run before in a new one, got some";
  return undefined;
}
