import { type BilledCall, dollarsPerMillion } from "../support/billed-calls.ts";

/** What one step costs a job. */
export interface StepBill {
  /** Requests, each counted as often as SQS's chunks or a write's KB bill it; a read of a batch counts once. */
  readonly calls: number;
  /** As `calls`, but a read by the unit: DynamoDB bills each item of a batch. */
  readonly units: number;
  /** Of SQS and DynamoDB for a million jobs. */
  readonly dollars: number;
}

/** By step in the order of the calls, `total` last; each figure per job. */
export function billPerJob(calls: readonly BilledCall[], jobs: number): ReadonlyMap<string, StepBill> {
  const byStep = Map.groupBy(calls, ({ step }) => step);
  const rows = [...byStep].map(([step, group]) => [step, billOf(group, jobs)] as const);
  return new Map([...rows, ["total", billOf(calls, jobs)]]);
}

function billOf(calls: readonly BilledCall[], jobs: number): StepBill {
  let requests = 0;
  let units = 0;
  let dollars = 0;
  for (const call of calls) {
    requests += call.kind === "read" ? 1 : call.units;
    units += call.units;
    dollars += call.units * dollarsPerMillion[call.kind];
  }
  return { calls: requests / jobs, units: units / jobs, dollars: dollars / jobs };
}
