import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface OperatorRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the operator's tool with these arguments, as a process of its own. */
export function errand(...args: readonly string[]): Promise<OperatorRun> {
  return startErrand(...args).ended;
}

/** The same, for who ends it early. */
export function startErrand(...args: readonly string[]) {
  return start(process.execPath, [
    "--disable-warning=ExperimentalWarning",
    "infra/operator/main.ts",
    ...args,
  ]);
}

/** Runs a line as somebody types it into a shell, whose variables are given. */
export function shell(line: string, variables: Readonly<Record<string, string>>): Promise<OperatorRun> {
  return start("bash", ["-c", line], variables).ended;
}

function start(
  program: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): { readonly ended: Promise<OperatorRun>; kill(signal: NodeJS.Signals): void } {
  const env = { ...process.env, ...variables };
  const child = spawn(program, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const ended = once(child, "close").then(([code]): OperatorRun => ({ code, stdout, stderr }));
  return { ended, kill: (signal) => void child.kill(signal) };
}
