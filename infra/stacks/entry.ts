import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { NodeFunctionProps } from "../constructs/node-function.ts";

/**
 * A function's folder: its entry, and the packages' files that its `bundle.json` names, by the folder beside the bundle
 * into which they are copied.
 */
export function entryOf(name: string): Required<Pick<NodeFunctionProps, "entry" | "files">> {
  const path = (file: string) => fileURLToPath(new URL(`../../functions/${name}/${file}`, import.meta.url));
  const list = path("bundle.json");
  return { entry: path("lambda.ts"), files: existsSync(list) ? JSON.parse(readFileSync(list, "utf8")) : {} };
}
