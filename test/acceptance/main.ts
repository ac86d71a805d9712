import { EventEmitter, once } from "node:events";
import { DeployError } from "../../infra/deploy/deploy-error.ts";
import { help, type Options, readOptions, UsageError } from "./options.ts";
import type { Place } from "./place.ts";
import { spawnSuite } from "./spawn-suite.ts";
import { startTarget } from "./start-target.ts";
import { type Target, targets } from "./targets.ts";

/** `npm run acceptance`. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(help);
    return 0;
  }
  // What was started here is ended after jest, which gets a Ctrl-C by itself; a limit of time reaches this process alone.
  const interruption = new EventEmitter();
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => interruption.emit("SIGTERM"));
  const started = await startTarget(options);
  try {
    const status = await run(options, started.place, interruption);
    if (status !== 0) process.stdout.write(`The target's last lines:\n${started.lastLines().slice(-8000)}\n`);
    return status;
  } finally {
    await started.stop();
  }
}

async function run(
  { target: name, files, except }: Options,
  place: Place,
  interruption: EventEmitter,
): Promise<number> {
  const target: Target = targets[name];
  process.stdout.write(`Acceptance of ${name} at ${place.url}\n`);
  for (const [capability, reason] of Object.entries(target.cannotShow)) {
    process.stdout.write(`  skipped: ${capability}: ${reason}\n`);
  }
  const { patienceSeconds } = target;
  const args = [...files, ...except.map((part) => `--testPathIgnorePatterns=${part}`)];
  const child = spawnSuite({ target: name, place, patienceSeconds, args, stdio: "inherit" });
  interruption.once("SIGTERM", () => child.kill());
  const [status] = await once(child, "exit");
  for (const what of target.leaves) process.stdout.write(`Left behind: ${what}\n`);
  return status ?? 1;
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    const isPlain = error instanceof UsageError || error instanceof DeployError;
    process.stderr.write(`${isPlain ? `acceptance: ${error.message}` : (error as Error).stack}\n`);
    process.exit(1);
  },
);
