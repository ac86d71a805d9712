/**
 * Adds what npm left out of package-lock.json: `node scripts/complete-lock.js`, after a change of dependencies.
 *
 * Native tools (Biome, swc, oxc, …) come as one optional package a platform. A registry mirror that doesn't carry
 * all platforms makes `npm install` drop the absent ones from the lock file without a word, and from then on `npm ci`
 * refuses the lock ("Missing: … from lock file") everywhere. Each parent pins its platform packages exactly, so the
 * entries can be written from that, and the registry is asked for the hashes that are missing.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * @typedef {{ version?: string, dev?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[],
 *   integrity?: string, link?: boolean, inBundle?: boolean, optionalDependencies?: Record<string, string> }} LockEntry
 */

const SYSTEMS = [
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
];
const PROCESSORS = [
  "arm64",
  "arm",
  "ia32",
  "loong64",
  "mips64el",
  "ppc64",
  "riscv64",
  "s390x",
  "wasm32",
  "x64",
];

/** Whether `name`, required by the package at `path`, is found there or in any folder above, as Node looks it up.
 * @param {Record<string, LockEntry>} packages @param {string} path @param {string} name */
function isLocked(packages, path, name) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    if (packages[`${folder ? `${folder}/` : ""}node_modules/${name}`]) return true;
    if (folder === "") return false;
  }
}

/** Platform packages carry their platform in their name: `cli-darwin-arm64`, `core-linux-arm-gnueabihf`.
 * @param {string} name @returns {LockEntry} */
function platformOf(name) {
  const words = name.replace(/^.*\//, "").split("-");
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  const libc = words.includes("musl")
    ? ["musl"]
    : words.includes("gnu") && os[0] === "linux"
      ? ["glibc"]
      : [];
  return Object.fromEntries(Object.entries({ os, cpu, libc }).filter(([, values]) => values.length > 0));
}

/**
 * The entries that a lock file lacks, by path.
 * @param {Record<string, LockEntry>} packages the lock file's `packages`
 * @returns {Record<string, LockEntry>}
 */
export function missingEntries(packages) {
  /** @type {Record<string, LockEntry>} */
  const missing = {};
  for (const [path, parent] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      if (isLocked(packages, path, name)) continue;
      const flags = { ...(parent.dev && { dev: true }), optional: true, ...platformOf(name) };
      // In npm's own order, so that its next write changes nothing.
      missing[`node_modules/${name}`] = { version, ...Object.fromEntries(Object.entries(flags).sort()) };
    }
  }
  return missing;
}

/**
 * The paths of entries without a hash: npm would install whatever comes under their names. What comes inside of its parent has that one's.
 * @param {Record<string, LockEntry>} packages the lock file's `packages`
 */
export function withoutHash(packages) {
  return Object.keys(packages).filter((path) => {
    const { link, inBundle, integrity } = packages[path] ?? {};
    return path !== "" && !link && !inBundle && integrity === undefined;
  });
}

/** @param {string} path @param {LockEntry} entry @returns {LockEntry} */
function withHash(path, { version = "", ...rest }) {
  const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
  const integrity = execFileSync("npm", ["view", `${name}@${version}`, "dist.integrity"], {
    encoding: "utf8",
  });
  if (!integrity.startsWith("sha512-")) throw new Error(`${name}@${version}: a sha512, got ${integrity}`);
  return { version, integrity: integrity.trim(), ...rest };
}

function main() {
  const file = fileURLToPath(new URL("../package-lock.json", import.meta.url));
  const lock = JSON.parse(readFileSync(file, "utf8"));
  const missing = missingEntries(lock.packages);
  const entries = Object.entries({ ...lock.packages, ...missing });
  lock.packages = Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b, "en")));
  for (const path of withoutHash(lock.packages)) lock.packages[path] = withHash(path, lock.packages[path]);
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${Object.keys(missing).length} entries added to package-lock.json\n`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main();
