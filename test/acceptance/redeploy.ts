import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { deployService, type EmulatorDeploy } from "../../infra/deploy/deploy-service.ts";

const variable = "ERRAND_DEPLOY";

/** How the target was deployed, for tests that deploy it again. */
export function encodeDeploy({
  target,
  endpoint,
  context,
  directory,
}: EmulatorDeploy): Record<string, string> {
  return { [variable]: JSON.stringify({ target, endpoint, context, directory }) };
}

type Known = Pick<EmulatorDeploy, "target" | "endpoint" | "context" | "directory">;

/** Deploys the target again as it was, but from this checkout. */
export async function redeploy(from: string): Promise<void> {
  const known = JSON.parse(process.env[variable] ?? "null") as Known | null;
  if (!known) throw new Error(`${variable}: how the target was deployed, got nothing`);
  await deployService({ ...known, variables: process.env, output: "quiet", from });
}

const parts = ["cdk.json", "package.json", "package-lock.json", "tsconfig.json"];
const folders = ["infra", "functions", "shared", "scripts", "test"];

/** A copy of this checkout, in which files can be changed. `remove` deletes it. */
export function copyCheckout() {
  const directory = mkdtempSync(join(tmpdir(), "errand-changed-"));
  for (const name of [...parts, ...folders]) cpSync(name, join(directory, name), { recursive: true });
  symlinkSync(resolve("node_modules"), join(directory, "node_modules"));
  return {
    directory,
    write: (path: string, text: string) => writeFileSync(join(directory, path), text),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
