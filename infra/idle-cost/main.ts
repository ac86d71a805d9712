import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type IdleCost, idleCost } from "./idle-cost.ts";

/**
 * `npm run idle-cost`: what the stacks of cdk.json's app cost a month while nobody uses them. Takes the options of `cdk`:
 * `npm run idle-cost -- -c stage=dev`.
 */
function main(): number {
  const directory = mkdtempSync(join(tmpdir(), "errand-idle-cost-"));
  try {
    // `ls` synthesizes as `synth` does, but bundles no code. The sender is none of the price, and may be given.
    const cdk = createRequire(import.meta.url).resolve("aws-cdk/bin/cdk");
    const options = ["--output", directory, "-c", "mailFrom=hello@example.com", ...process.argv.slice(2)];
    const stdio = ["ignore", "ignore", "inherit"] as const;
    const { status } = spawnSync(process.execPath, [cdk, "ls", ...options], { stdio: [...stdio] });
    if (status !== 0) return 1;
    process.stdout.write(format(idleCost(readTemplates(directory))));
    return 0;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function readTemplates(directory: string): unknown[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(".template.json"))
    .map((name) => JSON.parse(readFileSync(join(directory, name), "utf8")));
}

function format({ lines, dollars, dollarsAlone }: IdleCost): string {
  const rows = [
    ["type", "count", "$ a month", "what is billed, and where the price stands"],
    ...lines.map(({ type, count, dollars, billed, source }) => [
      ...[type.replace("AWS::", ""), String(count), dollars.toFixed(2)],
      billed ? `${billed}: ${source}` : source,
    ]),
  ];
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const [types, counts] = [width(0), width(1)];
  const table = rows.map(([type = "", count = "", cost = "", note = ""]) =>
    [type.padEnd(types), count.padStart(counts), cost.padStart(9), note].join("  "),
  );
  return `${table.join("\n")}

$${dollars.toFixed(2)} a month while nobody uses it; $${dollarsAlone.toFixed(2)} in an account that uses nothing else, after SQS's and CloudWatch's
free tiers. us-east-1, November 2026; what is stored comes on top, by the GB.
`;
}

try {
  process.exitCode = main();
} catch (error) {
  process.stderr.write(`idle-cost: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
