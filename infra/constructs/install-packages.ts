import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type LockedPackages, lockedPackages, type Platform } from "./locked-packages.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * The `node_modules` with these packages and all that they need as Lambda's system wants them, whatever machine this is: no
 * Docker, and nothing is compiled. From package-lock.json, so that npm checks each against its hash. Fetched once and kept in
 * `.toolchain/`, by what is locked.
 * @throws Error where npm can't have them: its own words are on the terminal.
 */
export function packagesFor(names: readonly string[], platform: Platform): string {
  const locked: LockedPackages = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const packages = lockedPackages(names, locked, platform);
  const versions = Object.fromEntries(
    names.map((name) => [name, packages[`node_modules/${name}`]?.version ?? ""]),
  );
  const key = createHash("sha256")
    .update(JSON.stringify([platform, versions, packages]))
    .digest("hex")
    .slice(0, 16);
  const kept = join(root, ".toolchain", `packages-linux-${platform.cpu}-${key}`);
  if (!existsSync(kept)) fetchInto(kept, versions, packages, platform);
  return join(kept, "node_modules");
}

function fetchInto(
  kept: string,
  versions: Readonly<Record<string, string>>,
  packages: LockedPackages,
  { cpu }: Platform,
): void {
  mkdirSync(join(root, ".toolchain"), { recursive: true });
  // In a folder of its own and then in one step: another synthesis may do the same.
  const folder = mkdtempSync(`${kept}-`);
  const about = { private: true, dependencies: versions };
  const lock = { ...about, lockfileVersion: 3, requires: true, packages: { "": about, ...packages } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(about));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"];
  const { status, error } = spawnSync("npm", ["ci", "--os=linux", `--cpu=${cpu}`, "--libc=glibc", ...flags], {
    cwd: folder,
    stdio: ["ignore", process.stderr, "inherit"],
  });
  if (status !== 0) {
    rmSync(folder, { recursive: true });
    throw new Error(
      `npm ci of ${Object.keys(versions)} for linux-${cpu} failed (${error?.message ?? status})`,
    );
  }
  try {
    renameSync(folder, kept);
  } catch (reason) {
    rmSync(folder, { recursive: true });
    // Whoever was first has made the same.
    if (!existsSync(kept)) throw reason;
  }
}

/** `install-packages.ts <cpu> <folder> <package>…`: what a bundle's commands call. */
function main([cpu, folder = ".", ...names]: readonly string[]): void {
  if (cpu !== "arm64" && cpu !== "x64") throw new Error(`cpu: arm64 or x64, got ${cpu}`);
  cpSync(packagesFor(names, { cpu }), join(folder, "node_modules"), { recursive: true });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv.slice(2));
