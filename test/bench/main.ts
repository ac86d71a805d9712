import { parseArgs } from "node:util";
import { measureAccept } from "./accept.ts";
import { measureBills } from "./bills.ts";
import { measureConsumerCpu } from "./consumer-cpu.ts";
import { describeMachine } from "./machine.ts";
import { measureNotification } from "./notification.ts";
import { formatReport, type Report } from "./report.ts";
import { measureWhole } from "./whole.ts";

/** `npm run bench`: progress goes to standard error, the report to standard output, with `--json` for scripts. */
const { values: options } = parseArgs({ options: { json: { type: "boolean", default: false } } });

const report: Report = {
  machine: describeMachine(),
  comparisons: [
    ...(await measured("CPU of the consumer", measureConsumerCpu)),
    ...(await measured("accept", measureAccept)),
    ...(await measured("whole sign-ups", measureWhole)),
    ...(await measured("notification", measureNotification)),
  ],
  bills: await measured("billed calls", measureBills),
};
process.stdout.write(`${options.json ? JSON.stringify(report, undefined, 2) : formatReport(report)}\n`);

async function measured<Value>(what: string, measure: () => Promise<Value>): Promise<Value> {
  process.stderr.write(`${what} … `);
  const begun = performance.now();
  const found = await measure();
  process.stderr.write(`${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
  return found;
}
