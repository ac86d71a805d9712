import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { applyEdit } from "./apply-edit.ts";
import type { Edit, Worlds } from "./mutant.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

/** What a copy of the engine is made of, the simulation included. */
const parts = ["shared", "test/simulation", "package.json"];

/** The first invariant that the worlds of a copy of the engine break, with those edits in it; undefined where they break none. */
export async function hunt(
  edits: readonly Edit[],
  worlds: Worlds,
  signal: AbortSignal,
): Promise<string | undefined> {
  const copy = await mkdtemp(join(tmpdir(), "errand-mutant-"));
  try {
    for (const part of parts) await cp(join(root, part), join(copy, part), { recursive: true });
    await symlink(join(root, "node_modules"), join(copy, "node_modules"), "dir");
    for (const edit of edits) {
      const path = join(copy, edit.file);
      await writeFile(path, applyEdit(await readFile(path, "utf8"), edit));
    }
    return await firstBroken(copy, worlds, signal);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function firstBroken(
  copy: string,
  { seed, jobs, faults, hours = {} }: Worlds,
  signal: AbortSignal,
): Promise<string | undefined> {
  const main = join(copy, "test/simulation/main.ts");
  const given = ["--seed", `${seed}`, "--jobs", `${jobs}`, "--faults", faults.join(",") || "none", "--first"];
  const lasting = Object.entries(hours).map(([name, each]) => `${name}=${each}`);
  const longer = lasting.length > 0 ? ["--hours", lasting.join(",")] : [];
  const args = ["--disable-warning=ExperimentalWarning", main, ...given, ...longer];
  try {
    await run(process.execPath, args, { cwd: copy, signal, maxBuffer: 64 * 1024 * 1024 });
    return undefined;
  } catch (error) {
    // A patch that doesn't even run is no mistake that was found.
    const out = error instanceof Error && "stdout" in error ? String(error.stdout) : "";
    const [line] = out.split("\n");
    if (line?.startsWith("broken: ")) return line.slice("broken: ".length);
    throw error;
  }
}
