import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { awsVariables, resourceVariables } from "../../infra/local/local-environment.ts";
import { workerFunctions } from "../../infra/local/worker-functions.ts";
import { durationProfiles } from "../../shared/index.ts";
import { startEmbedded, stateDirectory } from "../support/embedded.ts";
import { help, type Options, type Place, readOptions, UsageError } from "./options.ts";
import { catalog } from "./service/catalog.ts";
import { type Target, targets } from "./targets.ts";

/** `npm run acceptance`. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(help);
    return 0;
  }
  // jest gets a Ctrl-C too, and ends; what was started here is ended after it.
  process.on("SIGINT", () => {});
  return options.place ? run(options, options.place) : runOnEmbedded(options);
}

async function runOnEmbedded(options: Options): Promise<number> {
  const state = stateDirectory();
  const directory = fileURLToPath(new URL("service", import.meta.url));
  // In processes of their own: a job that kills its worker must not take the service with it.
  const service = await startEmbedded(state.path, "--service", directory, "--isolate");
  try {
    const functions = workerFunctions(catalog, durationProfiles.short);
    const status = await run(options, {
      url: `http://127.0.0.1:${service.port}`,
      variables: { ...resourceVariables(service, functions), ...awsVariables(service) },
    });
    if (status !== 0) process.stdout.write(`The service's last lines:\n${service.output().slice(-8000)}\n`);
    return status;
  } finally {
    await service.end("SIGINT");
    state.remove();
  }
}

async function run({ target: name, files }: Options, { url, variables }: Place): Promise<number> {
  const target: Target = targets[name];
  process.stdout.write(`Acceptance of ${name} at ${url}\n`);
  for (const [capability, reason] of Object.entries(target.cannotShow)) {
    process.stdout.write(`  skipped: ${capability}: ${reason}\n`);
  }
  const jest = [
    ...["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"],
    ...["node_modules/jest/bin/jest.js", "--verbose"],
    ...[`--testTimeout=${target.patienceSeconds * 1000}`, ...files],
  ];
  const child = spawn(process.execPath, jest, {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    stdio: "inherit",
    env: { ...process.env, ...variables, ERRAND_TARGET: name, ERRAND_URL: url },
  });
  const [status] = await once(child, "exit");
  for (const what of target.leaves) process.stdout.write(`Left behind: ${what}\n`);
  return status ?? 1;
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    const text = error instanceof UsageError ? `acceptance: ${error.message}` : (error as Error).stack;
    process.stderr.write(`${text}\n`);
    process.exit(1);
  },
);
