import type { FlowRecord } from "../../shared/flow/flow-record.ts";
import { canBecome, type JobStatus } from "../../shared/flow/state-machine.ts";
import type { Table } from "../../shared/ledger/table.ts";

/** A table that watches each write: no step that the state machine doesn't know, no counter that moves wrongly. */
export interface ObservedTable extends Table {
  /** What no run may show. */
  readonly violations: readonly string[];
  /** How often each flow's last job ended. */
  readonly finished: ReadonlyMap<string, number>;
  /** Flows with a job that hasn't ended. */
  openFlows(): number;
  all(): readonly FlowRecord[];
}

export function observeTable(table: Table): ObservedTable {
  const violations: string[] = [];
  const finished = new Map<string, number>();
  const known = new Map<string, FlowRecord>();

  function watch(after: FlowRecord): void {
    const before = known.get(after.id);
    known.set(after.id, after);
    if (!before) return;
    for (const [key, job] of Object.entries(after.jobs)) {
      const was = before.jobs[key]?.status as JobStatus;
      if (job.status !== was && !canBecome(was, job.status)) {
        violations.push(`${after.id}.${key}: a step of the state machine, got ${was} to ${job.status}`);
      }
    }
    const open = Object.values(after.jobs).filter(
      ({ status }) => status !== "succeeded" && status !== "failed",
    ).length;
    if (open !== after.open) violations.push(`${after.id}: ${open} open jobs, got ${after.open}`);
    if (before.open > 0 && after.open === 0) finished.set(after.id, (finished.get(after.id) ?? 0) + 1);
  }

  return {
    violations,
    finished,
    openFlows: () => [...known.values()].filter(({ open }) => open > 0).length,
    all: () => [...known.values()],
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
