import { SingleBar } from "cli-progress";
import { help, readOptions, UsageError } from "./options.ts";
import { type SimulationOptions, simulate, type Tally } from "./simulate.ts";

/** `npm run simulate`: the progress goes to standard error, what came of it to standard output. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options === "help") {
      process.stdout.write(help);
      return 0;
    }
    const tally = await withProgress(options);
    process.stdout.write(reportOf(tally));
    return tally.broken.length > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

/** Shows how far it is, where somebody looks: cli-progress draws on a terminal alone. */
async function withProgress(options: SimulationOptions): Promise<Tally> {
  const bar = new SingleBar({
    format: "{bar} {value} of {total} jobs, {days} days, {broken} broken, {eta_formatted} left",
    hideCursor: true,
  });
  const shown = ({ milliseconds, broken }: Tally) => ({ days: daysOf(milliseconds), broken: broken.length });
  bar.start(options.jobs, 0, { days: 0, broken: 0 });
  try {
    return await simulate(options, (tally) => bar.update(tally.jobs, shown(tally)));
  } finally {
    bar.stop();
  }
}

function reportOf({ jobs, worlds, milliseconds, faults, broken }: Tally): string {
  const counted = [...faults]
    .sort(([, one], [, other]) => other - one)
    .map(([name, count]) => `${name} ${count}`);
  return [
    ...broken.map((rule) => `broken: ${rule}`),
    `jobs               ${jobs}, in ${worlds} worlds`,
    `virtual time       ${daysOf(milliseconds)} days`,
    `faults             ${counted.join(", ") || "none"}`,
    `broken invariants  ${broken.length}`,
    "",
  ].join("\n");
}

function daysOf(milliseconds: number): number {
  return Math.round(milliseconds / 86_400_000);
}

process.exitCode = await main(process.argv.slice(2));
