import { DeployError } from "../../infra/deploy/deploy-error.ts";
import { chaos } from "./chaos.ts";
import { grants } from "./grants.ts";
import { mistakes } from "./mutants.ts";
import type { Part, Report } from "./part.ts";
import { deadlines, outages, pairs, simulation } from "./simulation.ts";

/** What takes too long for every push. */
const parts: Readonly<Record<string, Part>> = {
  simulation,
  pairs,
  outages,
  deadlines,
  mistakes,
  grants,
  chaos,
};

/** `npm run nightly`: every part, or those that are named; the last line is `N passed, N failed`. */
async function main(names: readonly string[]): Promise<number> {
  const unknown = names.find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined) {
    process.stderr.write(`part: one of ${Object.keys(parts).join(", ")}, got ${unknown}\n`);
    return 2;
  }
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const line = (outcome: keyof typeof counts) => (text: string) => {
    counts[outcome]++;
    process.stdout.write(`${outcome}: ${text}\n`);
  };
  const report: Report = { passed: line("passed"), failed: line("failed"), skipped: line("skipped") };
  const interrupted = interruption();
  const wanted = Object.entries(parts).filter(([name]) => names.length === 0 || names.includes(name));
  for (const [name, part] of wanted) {
    const startedAt = performance.now();
    await part(report, interrupted).catch((error: unknown) => report.failed(`${name}: ${textOf(error)}`));
    process.stdout.write(`${name}: ${Math.round((performance.now() - startedAt) / 1000)} s\n`);
    if (interrupted.aborted) break;
  }
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
  return counts.failed > 0 ? 1 : 0;
}

/** A part ends by itself after a signal: it has an emulator to stop. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => controller.abort(new DeployError(`interrupted by ${signal}`)));
  }
  return controller.signal;
}

function textOf(error: unknown): string {
  if (error instanceof DeployError || !(error instanceof Error)) return String(error);
  return error.stack ?? error.message;
}

process.exitCode = await main(process.argv.slice(2));
