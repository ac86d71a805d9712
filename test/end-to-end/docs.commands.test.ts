import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "@jest/globals";
import { withoutAws } from "../../infra/stand-in-environment.ts";
import { stateDirectory } from "../support/embedded.ts";
import { readPage } from "../support/markdown.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const state = stateDirectory();
afterAll(state.remove);

/** Runs a command where no account is in reach: neither a variable of AWS's nor a home with a profile. */
function run(command: string, output = "cdk.out"): string {
  const { status, stdout, stderr } = spawnSync("bash", ["-euo", "pipefail", "-c", command], {
    ...{ encoding: "utf8", cwd: root, timeout: 50_000 },
    env: {
      ...withoutAws(process.env),
      HOME: state.path,
      CDK_OUTPUT: join(state.path, output),
    },
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

const page = readPage("docs/deploy.md");
test.each([
  "npm run synth -- -c mailFrom=hello@example.com",
  "npx cdk synth --quiet -c mailFrom=hello@example.com",
])("`%s` writes the templates and bundles", (command) => {
  const output = command.replaceAll(/\W/g, "-");
  run(command, output);
  const files = readdirSync(join(state.path, output));
  for (const name of ["data", "workers", "api", "monitoring"])
    expect(files).toContain(`errand-${name}.template.json`);
  expect(files.filter((name) => name.startsWith("asset."))).not.toEqual([]);
});

test("`npm run idle-cost` prints what the page says", () => {
  const [, dollars] = /\*\*Nobody uses it: \$([\d.]+) a month\*\*/.exec(page) ?? [];
  expect(run("npm run idle-cost")).toContain(`\n$${dollars} a month while nobody uses it; `);
});
