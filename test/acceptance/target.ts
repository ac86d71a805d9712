import { test } from "@jest/globals";
import { type Capability, isTargetName, type Target, targets } from "./targets.ts";

const name = process.env["ERRAND_TARGET"] ?? "";

/** The target of this run, which `main.ts` names in the environment. */
export const target: Target & { readonly name: string; readonly url: string } = read();

function read() {
  if (!isTargetName(name)) throw new Error("ERRAND_TARGET: a target; run it by `npm run acceptance`");
  return { ...targets[name], name, url: process.env["ERRAND_URL"] ?? "" };
}

/** `test`, or, where the target can't show this, a test that is skipped with the reason in its name. */
export function testShowing(capability: Capability, title: string, check: () => Promise<void>): void {
  const reason = target.cannotShow[capability];
  if (reason === undefined) test(title, check);
  else test.skip(`${title} [${target.name} can't show it: ${reason}]`, check);
}
