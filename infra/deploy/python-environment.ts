import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DeployError } from "./deploy-error.ts";

/**
 * The folder of the programs of a virtual environment with exactly the packages of a requirements file; made where it
 * isn't there, and again where the file has changed.
 * @throws DeployError that says what is missing on this machine.
 */
export function pythonEnvironment(directory: string, requirementsFile: string): string {
  const programs = join(directory, "bin");
  const requirements = readFileSync(requirementsFile, "utf8");
  // Written last, so that an installation that was cut off is no environment.
  const stamp = join(directory, "requirements.txt");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === requirements) return programs;
  rmSync(directory, { recursive: true, force: true });
  process.stderr.write(
    `errand: installing ${packagesOf(requirements)} by pip; this takes about 20 s, once\n`,
  );
  run("python3", ["-m", "venv", directory], "python3 with venv (Debian: apt-get install python3-venv)");
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-input"];
  run(
    join(programs, "python"),
    ["-m", "pip", "install", ...quiet, "--requirement", requirementsFile],
    "Python 3.10 or newer and a package index in reach",
  );
  writeFileSync(stamp, requirements);
  return programs;
}

function packagesOf(requirements: string): string {
  return requirements
    .split("\n")
    .filter((line) => /^\w/.test(line))
    .join(", ");
}

function run(command: string, args: readonly string[], needs: string): void {
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (status === 0) return;
  throw new DeployError(`${command}: ${needs}, got ${error?.message ?? `exit code ${status}`}`);
}
