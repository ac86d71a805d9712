import type { StepBill } from "./bill.ts";
import type { Bill } from "./bills.ts";
import type { Machine } from "./machine.ts";
import type { Comparison } from "./measurement.ts";
import { formatTable } from "./table.ts";

/** All that one run found; empty where it wasn't asked for. */
export interface Report {
  readonly machine: Machine;
  readonly comparisons: readonly Comparison[];
  readonly bills: readonly Bill[];
}

/** The report as a person reads it. */
export function formatReport({ machine, comparisons, bills }: Report): string {
  return [
    formatMachine(machine),
    ...(comparisons.length > 0 ? [formatComparisons(comparisons)] : []),
    ...(bills.length > 0 ? formatBothBills(bills) : []),
  ].join("\n\n");
}

/** What was promised and not kept, one sentence each. */
export function brokenPromises({ comparisons }: Pick<Report, "comparisons">): readonly string[] {
  return comparisons.flatMap(({ name, unit, ours, atMost }) =>
    // A figure that could not be had is worse than any.
    atMost === undefined || ours <= atMost ? [] : [`${name}: at most ${atMost} ${unit}, got ${ours}`],
  );
}

function formatBothBills(bills: readonly Bill[]): readonly string[] {
  return [
    formatBills("billed calls per job, Errand", bills, ({ ours }) => ours),
    formatBills("billed calls per job, glue", bills, ({ peer }) => peer),
  ];
}

function formatMachine({ date, node, system, processors, memory, packages }: Machine): string {
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return [`${date}, Node ${node}, ${system}, ${processors}, ${memory}`, versions.join(", ")].join("\n");
}

/** The ratio is what carries over to other machines. */
function formatComparisons(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ name, unit, better, ours, peer }) => [
    `${name} [${unit}, ${better} is better]`,
    ...[ours, peer, ours / peer].map((value) => value.toPrecision(3)),
  ]);
  return formatTable(["", "Errand", "glue", "Errand / glue"], rows.map(withoutExponents));
}

function withoutExponents([name = "", ...values]: readonly string[]): readonly string[] {
  return [name, ...values.map((value) => String(Number(value)))];
}

function formatBills(
  title: string,
  bills: readonly Bill[],
  of: (bill: Bill) => Readonly<Record<string, StepBill>>,
): string {
  const steps = Object.keys(bills[0] ? of(bills[0]) : {});
  const row = (name: string, step: string, figure: keyof StepBill) => [
    name,
    ...bills.map((bill) => (of(bill)[step]?.[figure] ?? 0).toFixed(2)),
  ];
  return formatTable(
    [title, ...bills.map(({ fill }) => `fill ${fill}`)],
    [
      ...steps.map((step) => row(step, step, "calls")),
      row("total, each read of a batch by its items", "total", "units"),
      row("$ per million jobs", "total", "dollars"),
    ],
  );
}
