import type { Clock } from "../../shared/clock/clock.ts";
import type { FlowRecord, JobRecord } from "../../shared/flow/flow-record.ts";
import { parseJobId } from "../../shared/flow/ids.ts";
import { canBecome, isFinal } from "../../shared/flow/state-machine.ts";
import type { Table } from "../../shared/ledger/table.ts";

/** A table that watches each write: no step that the state machine doesn't know, no counter that moves wrongly. */
export interface ObservedTable extends Table {
  /** What no run may show. */
  readonly violations: readonly string[];
  /** When each flow's last job ended, ms since 1970: once, or something is wrong. */
  readonly ends: ReadonlyMap<string, readonly number[]>;
  /** Flows with a job that hasn't ended. */
  openFlows(): number;
  hasEnded(flow: string): boolean;
  hasJobEnded(job: string): boolean;
  flow(id: string): FlowRecord | undefined;
  all(): Iterable<FlowRecord>;
}

/** `clock` is the true one. */
export function observeTable(table: Table, clock: Clock): ObservedTable {
  const violations: string[] = [];
  const ends = new Map<string, number[]>();
  const known = new Map<string, FlowRecord>();
  const open = new Set<string>();

  function watch(after: FlowRecord): void {
    const before = known.get(after.id);
    known.set(after.id, after);
    if (after.open > 0) open.add(after.id);
    else open.delete(after.id);
    if (!before) return;
    for (const [key, job] of Object.entries(after.jobs)) {
      const rule = brokenRule(before.jobs[key], job);
      if (rule !== undefined) violations.push(`${after.id}.${key}: ${rule}`);
    }
    const left = Object.values(after.jobs).filter(({ status }) => !isFinal(status)).length;
    if (left !== after.open) violations.push(`${after.id}: ${left} open jobs, got ${after.open}`);
    if (before.open > 0 && after.open === 0) ends.set(after.id, [...(ends.get(after.id) ?? []), clock.now()]);
  }

  return {
    violations,
    ends,
    openFlows: () => open.size,
    hasEnded: (flow) => known.has(flow) && !open.has(flow),
    hasJobEnded(id) {
      const { flow = "", key = "" } = parseJobId(id) ?? {};
      const job = known.get(flow)?.jobs[key];
      return job !== undefined && isFinal(job.status);
    },
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
  const counted = after.attempts - before.attempts;
  if (counted < 0 || counted > 1) return `one attempt a write at the most, got ${counted}`;
  if (counted > 0 && after.status === "held") return "no attempt for a hold, got one";
  return undefined;
}
