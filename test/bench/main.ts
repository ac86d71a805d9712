import { parseArgs } from "node:util";
import { measureAccept } from "./accept.ts";
import { measureBills } from "./bills.ts";
import { measureConsumerCpu } from "./consumer-cpu.ts";
import { describeMachine } from "./machine.ts";
import { measureNotification } from "./notification.ts";
import { brokenPromises, formatReport, type Report } from "./report.ts";
import { measureWhole } from "./whole.ts";

const comparisons = {
  "consumer-cpu": measureConsumerCpu,
  accept: measureAccept,
  whole: measureWhole,
  notification: measureNotification,
};
const bills = "billed-calls";
const names = [...Object.keys(comparisons), bills];

/**
 * `npm run bench`: progress goes to standard error, the report to standard output, with `--json` for scripts. Names take what they say
 * alone. It ends with 1 where a figure is worse than is promised, and with 2 where it wasn't understood.
 */
async function main(): Promise<void> {
  const { values: options, positionals } = parseArgs({
    options: { json: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const stranger = positionals.find((name) => !names.includes(name));
  if (stranger !== undefined) {
    process.stderr.write(`bench: one of ${names.join(", ")}, got ${stranger}\n`);
    process.exitCode = 2;
    return;
  }
  const report = await measure((name) => positionals.length === 0 || positionals.includes(name));
  process.stdout.write(`${options.json ? JSON.stringify(report, undefined, 2) : formatReport(report)}\n`);
  for (const words of brokenPromises(report)) {
    process.stderr.write(`${words}\n`);
    process.exitCode = 1;
  }
}

async function measure(isAsked: (name: string) => boolean): Promise<Report> {
  const found: Report["comparisons"][number][] = [];
  for (const [name, take] of Object.entries(comparisons)) {
    if (isAsked(name)) found.push(...(await timed(name, take)));
  }
  return {
    machine: describeMachine(),
    comparisons: found,
    bills: isAsked(bills) ? await timed(bills, measureBills) : [],
  };
}

async function timed<Value>(what: string, take: () => Promise<Value>): Promise<Value> {
  process.stderr.write(`${what} … `);
  const begun = performance.now();
  const found = await take();
  process.stderr.write(`${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
  return found;
}

await main();
