/**
 * `npm run audit`: asks the registry for advisories on what the lock file names, and fails on each that
 * `.ci/audit-reasons.json` has no reason for, and on each reason that is no longer needed. Reasons are by the advisory's id:
 * `{ "GHSA-xxxx-xxxx-xxxx": "only its CLI is hit, which nothing here runs" }`.
 *
 * A registry that answers no audits, as mirrors do, or can't be reached: "skipped", exit code 0.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * @typedef {{ id: string, name: string, severity: string, title: string }} Finding
 * @typedef {{ vulnerabilities?: Record<string, { via?: (string | { url?: string, name?: string, severity?: string,
 *   title?: string })[] }>, error?: object, message?: string }} Report
 */

/** A reason is a sentence, not a word. */
const leastReason = 20;

/**
 * The advisories of npm's report (version 2), each once; undefined where it is none.
 * @param {Report} report
 * @returns {Finding[] | undefined}
 */
export function findingsOf({ vulnerabilities }) {
  if (!vulnerabilities) return undefined;
  /** @type {Map<string, Finding>} */
  const findings = new Map();
  for (const { via = [] } of Object.values(vulnerabilities)) {
    for (const cause of via) {
      // A text names another package of the report, which has the advisory.
      if (typeof cause === "string") continue;
      const id = /GHSA(?:-[a-z0-9]{4}){3}/i.exec(cause.url ?? "")?.[0] ?? cause.url ?? "unknown";
      findings.set(id, {
        id,
        name: cause.name ?? "",
        severity: cause.severity ?? "",
        title: cause.title ?? "",
      });
    }
  }
  return [...findings.values()];
}

/**
 * What is wrong: an advisory without a reason, a reason that is no sentence or without its advisory.
 * @param {readonly Finding[]} findings
 * @param {Readonly<Record<string, unknown>>} reasons
 * @returns {string[]}
 */
export function troublesOf(findings, reasons) {
  const unreasoned = findings
    .filter(({ id }) => !Object.hasOwn(reasons, id))
    .map(
      ({ id, name, severity, title }) =>
        `${id}: a mended version or a reason, got ${severity} ${name}: ${title}`,
    );
  const known = new Set(findings.map(({ id }) => id));
  const stale = Object.keys(reasons)
    .filter((id) => !known.has(id))
    .map((id) => `${id}: an advisory that is still there, got none: take its reason out`);
  const poor = Object.entries(reasons)
    .filter(([, reason]) => typeof reason !== "string" || reason.trim().length < leastReason)
    .map(
      ([id, reason]) =>
        `${id}: a reason of at least ${leastReason} characters, got ${JSON.stringify(reason)}`,
    );
  return [...unreasoned, ...stale, ...poor];
}

function main() {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const { stdout } = spawnSync("npm", ["audit", "--json"], {
    cwd: root,
    encoding: "utf8",
    timeout: 120_000,
    shell: process.platform === "win32",
  });
  const findings = findingsOf(parse(stdout));
  if (!findings) return end("skipped: the registry answered no audit", { skipped: 1 });
  const reasons = JSON.parse(readFileSync(new URL("../.ci/audit-reasons.json", import.meta.url), "utf8"));
  const troubles = troublesOf(findings, reasons);
  for (const trouble of troubles) process.stderr.write(`${trouble}\n`);
  if (troubles.length > 0) return end(`${troubles.length} without a reason`, { failed: 1 });
  end(`${findings.length} advisories, each with its reason`, { passed: 1 });
}

/**
 * @param {string} text
 * @returns {Report}
 */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/**
 * In CI's sum it is one test.
 * @param {string} words
 * @param {{ passed?: number, failed?: number, skipped?: number }} count
 */
function end(words, { passed = 0, failed = 0, skipped = 0 }) {
  process.stdout.write(`audit: ${words}\n`);
  process.exitCode = failed;
  const counts = process.env["ERRAND_TEST_COUNTS"];
  if (counts) appendFileSync(counts, `${passed} ${failed} ${skipped}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
