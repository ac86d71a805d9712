import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCdk } from "../deploy/run-cdk.ts";
import { type IdleCost, idleCost } from "./idle-cost.ts";

/**
 * `npm run idle-cost`: what the stacks of cdk.json's app cost a month while nobody uses them. Takes the options of `cdk`:
 * `npm run idle-cost -- -c stage=dev`.
 */
async function main(): Promise<void> {
  const templates = mkdtempSync(join(tmpdir(), "errand-idle-cost-"));
  try {
    // `ls` synthesizes as `synth` does, but bundles no code. The sender is none of the price, and may be given.
    const options = ["--output", templates, "-c", "mailFrom=hello@example.com", ...process.argv.slice(2)];
    const directory = fileURLToPath(new URL("../..", import.meta.url));
    await runCdk({ args: ["ls", ...options], env: process.env, directory, output: "quiet" });
    process.stdout.write(format(idleCost(readTemplates(templates))));
  } finally {
    rmSync(templates, { recursive: true });
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

main().catch((error: unknown) => {
  process.stderr.write(`idle-cost: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
