/**
 * Runs before every npm script: installs what is missing, so that a fresh clone needs `npm start` and nothing else.
 * Plain JavaScript on purpose: it is the one program here that must run on Node 20. Why so: docs/decisions/0001-toolchain.md
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Fetched only where the present Node is too old; the version that CI and the deployed functions use. */
const NODE_TO_FETCH = "24.18.0";
/** Strips types without a flag from here on (nodejs.org/api/typescript.html); fauxqs's SQLite needs 22.5. */
const OLDEST_NODE = [22, 18];

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} LockedPackage */

/**
 * What differs between the lock file and what npm says it installed (its own `node_modules/.package-lock.json`).
 * By content, not by time: a checkout of another branch and back touches the file and changes nothing.
 * Packages for other platforms are locked but rightly absent.
 * @param {Record<string, LockedPackage>} locked @param {Record<string, LockedPackage>} installed
 * @returns {string | undefined} the first package that is missing or of another version
 */
export function firstDifference(locked, installed) {
  for (const [path, wanted] of Object.entries(locked)) {
    if (path === "") continue;
    const present = installed[path];
    if (present === undefined && (wanted.optional || wanted.devOptional)) continue;
    if (present?.version !== wanted.version || present?.integrity !== wanted.integrity) return path;
  }
  return undefined;
}

/**
 * Whether this Node runs the project's TypeScript by itself.
 * @param {string} version as in `process.versions.node` @param {string | boolean | undefined} stripsTypes `process.features.typescript`
 */
export function isNodeRecentEnough(version, stripsTypes) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  return Boolean(stripsTypes) && (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor));
}

/** @param {string} file @returns {Record<string, LockedPackage> | undefined} */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined; // absent, or cut off by an interrupted install: either way, install
  }
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Runs npm, the same one that runs this script, and ends with a clear message where it fails. @param {string[]} args @param {string} root @param {string} advice */
function npm(args, root, advice) {
  const self = process.env["npm_execpath"];
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const [command, prefix] = self ? [process.execPath, [self]] : ["npm", []];
  const { status, error } = spawnSync(command, [...prefix, ...args, ...quiet], {
    cwd: root,
    stdio: "inherit",
  });
  if (status === 0) return;
  say(
    `\nerrand: "npm ${args.join(" ")}" failed${error ? `: ${error.message}` : ` (exit code ${status})`}. ${advice}`,
  );
  process.exit(1);
}

/** @param {string} root */
function installPackages(root) {
  const locked = readPackages(join(root, "package-lock.json")) ?? {};
  const installed = readPackages(join(root, "node_modules", ".package-lock.json"));
  const difference = installed === undefined ? "node_modules is missing" : firstDifference(locked, installed);
  if (difference === undefined) return;
  const why = installed === undefined ? difference : `${difference} is not as locked`;
  say(`errand: installing packages (${why}); this takes about a minute, once`);
  // The tools and the local servers are development packages: also where NODE_ENV=production would leave them out.
  npm(["ci", "--include=dev"], root, "Its messages are above; is the registry in reach?");
}

/** Puts a recent Node first on the path of npm scripts, which begins with node_modules/.bin. @param {string} root */
function installNode(root) {
  const toolchain = join(root, ".toolchain");
  const fetched = join(toolchain, "node_modules", ".bin", "node");
  const link = join(root, "node_modules", ".bin", "node");
  const advice = `This is Node ${process.versions.node}; with Node ${OLDEST_NODE.join(".")} or newer on the PATH nothing is fetched.`;
  if (versionOf(fetched) !== NODE_TO_FETCH) {
    say(
      `errand: fetching Node ${NODE_TO_FETCH} into .toolchain/, since ${process.versions.node} can't run TypeScript (120 MB, once)`,
    );
    mkdirSync(toolchain, { recursive: true });
    // npm wants the consent to the package's install script, which picks the platform's binary, in a package.json.
    writeFileSync(join(toolchain, "package.json"), '{ "private": true, "allowScripts": { "node": true } }\n');
    npm(["install", "--no-save", "--no-package-lock", `node@${NODE_TO_FETCH}`], toolchain, advice);
    if (versionOf(fetched) !== NODE_TO_FETCH) {
      say(`errand: the fetched Node doesn't run on this machine. ${advice}`);
      process.exit(1);
    }
  }
  mkdirSync(dirname(link), { recursive: true });
  // In one step: a script that starts at the same time, in another terminal, must never find it missing.
  const fresh = `${link}-${process.pid}`;
  rmSync(fresh, { force: true });
  symlinkSync(relative(dirname(link), fetched), fresh);
  renameSync(fresh, link);
}

/** @param {string} node a path to a node binary @returns {string} its version, empty where it doesn't run */
function versionOf(node) {
  if (!existsSync(node)) return "";
  return spawnSync(node, ["--print", "process.versions.node"], { encoding: "utf8" }).stdout?.trim() ?? "";
}

function main() {
  const root = join(dirname(fileURLToPath(import.meta.url)), "..");
  installPackages(root);
  if (!isNodeRecentEnough(process.versions.node, process.features.typescript)) return installNode(root);
  // `npm ci` above may have run on the Node of .toolchain/ and removed the link to it: without one, npm scripts
  // would now find the machine's own Node again.
  if (process.execPath.startsWith(join(root, ".toolchain"))) installNode(root);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main();
